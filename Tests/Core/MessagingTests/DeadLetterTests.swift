import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct DeadLetterTests {
  struct Poison: Error {}

  private func dead(_ items: ClosedRange<Int>) async throws -> WorkQueue<Int> {
    let queue = WorkQueue<Int>(name: "q", maxRetries: 0)
    queue.process { _ in throw Poison() }
    for item in items { try await queue.enqueue(item) }
    try await queue.wait()
    return queue
  }

  @Test func aReaderThatFailsLosesNothing() async throws {
    try await simulated {
      let queue = try await dead(1...5)
      await queue.close()
      var handled: [Int] = []
      for _ in 0..<3 {
        do {
          var failing = true
          for try await letter in queue.deadLetters {
            if letter.item % 2 == 0, failing, !handled.contains(letter.item) {
              failing = false
              handled.append(letter.item)
              throw Poison()
            }
            if !handled.contains(letter.item) { handled.append(letter.item) }
          }
        } catch { #expect(error is Poison) }
        try await settle()
        #expect(try await queue.ledger().isBalanced)
      }
      #expect(handled == [1, 2, 3, 4, 5])
      #expect(try await queue.ledger().removed == 5)
    }
  }

  @Test func aLoopThatIsLeftGivesTheLetterBack() async throws {
    try await simulated {
      let queue = try await dead(1...2)
      for try await letter in queue.deadLetters where letter.item == 1 { break }
      try await settle()
      #expect(try await queue.deadLetters.peek().map(\.item) == [1, 2])
      #expect(try await queue.deadLetters.count == 2)
      let iterator = queue.deadLetters.makeAsyncIterator()
      #expect(try await iterator.next()?.item == 1)
      try await iterator.giveBack()
      #expect(try await iterator.next()?.item == 1)
      #expect(try await iterator.next()?.item == 2)
      #expect(try await queue.ledger().removed == 1)
    }
  }

  @Test func severalReadersShare() async throws {
    try await simulated {
      let queue = try await dead(1...20)
      await queue.close()
      let seen = Recorder<Int>()
      try await withScope { scope in
        for _ in 0..<4 {
          scope.spawn {
            for try await letter in queue.deadLetters {
              seen.add(letter.item)
              await Task.yield()
            }
          }
        }
      }
      #expect(seen.values.sorted() == Array(1...20))
    }
  }

  @Test func cancelledReadersTakeNothing() async throws {
    for home in Home.allCases {
      try await simulated {
        let queue = WorkQueue<Int>(name: "q", maxRetries: 0)
        let ended = try await home.cancelling { try await queue.deadLetters.receive() }
        #expect(ended.isCancellation)
        // Served, then cancelled: the letter is the reader's.
        let served = try await home.cancelling(
          after: {
            queue.process { _ in throw Poison() }
            spawn { try await queue.enqueue(1) }
          }, { try await queue.deadLetters.receive() })
        try await queue.wait()
        let ledger = try await queue.ledger()
        #expect(ledger.isBalanced && ledger.dead + ledger.removed <= 1)
        if case .success(let letter?) = served { #expect(letter.item == 1 && ledger.removed == 1) }
      }
    }
  }

  @Test func repaired() async throws {
    try await simulated {
      let isBroken = AtomicInteger(1)
      let queue = WorkQueue<Int>(name: "q", workers: 2, maxRetries: 0)
      queue.process { _ in if isBroken.load() == 1 { throw Poison() } }
      for item in 1...10 { try await queue.enqueue(item) }
      try await queue.wait()
      #expect(try await queue.deadLetters.count == 10)
      isBroken.store(0)
      let first = try await queue.deadLetters.peek(3).map(\.id)
      #expect(try await queue.deadLetters.replay(first) == 3)
      #expect(try await queue.deadLetters.purge([first[0], 10]) == 1)
      #expect(try await queue.deadLetters.replay() == 6)
      try await queue.wait()
      let ledger = try await queue.ledger()
      #expect(ledger.completed == 9 && ledger.purged == 1 && ledger.replayed == 9 && ledger.isBalanced)
    }
  }
}
