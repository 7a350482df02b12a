import CoreTestSupport
import Revoada
import Testing

/// Many at once, cancelled at random; nothing is lost and nothing doubled.
@Suite(.timeLimit(.minutes(10)))
struct WorkQueueStormTests {
  struct Flaky: Error {}

  @Test func cancelledClaimsLoseNothing() async throws {
    for home in Home.allCases {
      try await simulated {
        let queue = WorkQueue<Int>(name: "q")
        // The item comes and the claim is cancelled in one step.
        let result = try await home.cancelling(after: { spawn { try await queue.enqueue(1) } }) {
          try await queue.claim(lease: nil)
        }
        try await settle()
        let ledger = try await queue.ledger()
        if case .success(let delivery) = result {
          try await delivery?.ack()
          #expect(ledger.claimed == 1)
        } else {
          #expect(result.isCancellation && ledger.ready == 1)
        }
        #expect(try await queue.ledger().isBalanced)
      }
    }
  }

  @Test func aStormOfCancellations() async throws {
    try await simulated(seeds: 0..<30) {
      let queue = WorkQueue<Int>(name: "q", maxRetries: 100)
      let done = Recorder<Int>()
      var claimers = (0..<8).map { _ in claimer(queue, done) }
      for item in 0..<60 {
        try await queue.enqueue(item)
        if item % 3 == 0 { claimers[item % 8].cancel() }
        if item % 5 == 0 { claimers.append(claimer(queue, done)) }
        await Task.yield()
      }
      claimers.append(claimer(queue, done))
      try await queue.wait()
      for claimer in claimers { claimer.cancel() }
      #expect(done.values.sorted() == Array(0..<60))
      let ledger = try await queue.ledger()
      #expect(ledger.completed == 60 && ledger.isBalanced)
    }
  }

  /// Claims until it is cancelled; cancelled with an item in its hand it does not settle it.
  private func claimer(_ queue: WorkQueue<Int>, _ done: Recorder<Int>) -> Goroutine<Void> {
    spawn {
      while let delivery = try await queue.claim(lease: .seconds(1)) {
        await Task.yield()
        try Task.checkCancellation()
        done.add(delivery.item)
        try await delivery.ack()
      }
    }
  }

  /// Random operations beside a count of what must be there.
  @Test(arguments: 0..<20 as Range<UInt64>)
  func randomOperationsKeepTheLedger(_ seed: UInt64) async throws {
    try await Simulation(seed: seed).run {
      var random = SeededGenerator(seed: seed)
      let queue = WorkQueue<Int>(
        name: "q", maxRetries: 2, backoff: .constant(attempts: 1, delay: .seconds(1)))
      var held: [WorkDelivery<Int>] = []
      var (added, acked) = (0, 0)
      for step in 0..<400 {
        switch Int.random(in: 0..<10, using: &random) {
        case 0...2:
          try await queue.enqueue(
            step, delay: .milliseconds(Int.random(in: -1...500, using: &random)),
            priority: Int.random(in: -2...2, using: &random),
            lane: ["a", "b", nil].randomElement(using: &random) ?? nil)
          added += 1
        case 3...5:
          // Among those that are due may be only such as have had their chances.
          if let delivery = try? await withTimeout(.seconds(1), { try await queue.claim(lease: .seconds(2)) })
          {
            held.append(delivery)
          }
        case 6:
          if let delivery = held.popLast() { if (try? await delivery.ack()) != nil { acked += 1 } }
        case 7: try? await held.popLast()?.nak()
        case 8: try? await held.popLast()?.term(Flaky())
        default: try await sleep(for: .milliseconds(Int.random(in: 0...900, using: &random)))
        }
        let ledger = try await queue.ledger()
        #expect(
          ledger.isBalanced && ledger.added == added && ledger.completed == acked, "step \(step): \(ledger)")
      }
      queue.process { _ in }
      try await queue.wait()
      let ledger = try await queue.ledger()
      #expect(ledger.completed + ledger.dead == added && ledger.isBalanced)
    }
  }

  @Test(arguments: [2, 8])
  func onRealWorkers(_ workers: Int) async throws {
    try await onWorkers(workers) {
      let queue = WorkQueue<Int>(
        name: "q", workers: 8, maxRetries: 2, backoff: .constant(attempts: 1, delay: .zero))
      let (done, failures) = (AtomicInteger(), AtomicInteger())
      queue.process { item in
        if item % 100 == 0, failures.add(1) % 2 == 0 { throw Flaky() }
        done.add(1)
      }
      try await withScope { scope in
        for producer in 0..<4 {
          scope.spawn {
            for item in 0..<2500 {
              try await queue.enqueue(producer * 2500 + item, lane: item % 2 == 0 ? "even" : nil)
            }
          }
        }
      }
      try await queue.wait()
      let ledger = try await queue.ledger()
      #expect(
        ledger.completed == done.load() && ledger.completed + ledger.dead == 10_000 && ledger.isBalanced)
      await queue.close()
    }
  }
}
