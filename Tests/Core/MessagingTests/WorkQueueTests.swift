import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct WorkQueueTests {
  struct Poison: Error, Equatable { let item: Int }

  private func expectBalance(_ queue: WorkQueue<Int>, pending: Int = 0) async throws {
    let ledger = try await queue.ledger()
    #expect(ledger.isBalanced && ledger.pending == pending, "\(ledger)")
  }

  @Test func poisonIsTriedAgainAndThenDead() async throws {
    try await simulated {
      let attempts = Recorder<Int>()
      let queue = WorkQueue<Int>(
        name: "q", workers: 10, maxRetries: 3, backoff: .constant(attempts: 1, delay: .milliseconds(1)))
      queue.process { item in
        attempts.add(item)
        if item % 10 == 0 { throw Poison(item: item) }
      }
      for item in 1...100 { try await queue.enqueue(item) }
      try await queue.wait()
      #expect(attempts.values.count == 90 + 10 * 4)
      #expect(try await queue.deadLetters.count == 10)
      await queue.close()
      var dead: Set<Int> = []
      for try await letter in queue.deadLetters {
        #expect(letter.error as? Poison == Poison(item: letter.item) && letter.attempts == 4)
        dead.insert(letter.item)
      }
      #expect(dead == Set((1...10).map { $0 * 10 }))
      let ledger = try await queue.ledger()
      #expect(ledger.completed == 90 && ledger.retries == 30 && ledger.removed == 10)
      try await expectBalance(queue)
    }
  }

  @Test func pausesGrowAndErrorsMayAskForMore() async throws {
    struct Busy: RetryAfterError { let retryAfter: Duration? = .seconds(7) }
    try await Simulation(seed: 1).run {
      let times = Recorder<Int>()
      let queue = WorkQueue<Int>(
        name: "q", maxRetries: 3,
        backoff: .exponential(attempts: .max, initial: .seconds(1), max: .seconds(60), jitter: .none))
      queue.process { item in
        times.add(Simulation.elapsedMilliseconds)
        if item == 2 { throw Busy() }
        throw Poison(item: item)
      }
      try await queue.enqueue(1)
      try await queue.wait()
      #expect(times.values == [0, 1_000, 3_000, 7_000])
      try await queue.enqueue(2)
      try await queue.wait()
      #expect(Array(times.values.dropFirst(4)) == [7_000, 14_000, 21_000, 28_000])
    }
  }

  @Test func aPermanentErrorIsNotTriedAgain() async throws {
    try await simulated {
      let queue = WorkQueue<Int>(
        name: "q", maxRetries: 5, backoff: .constant(attempts: 1, delay: .zero).retrying { !($0 is TimedOut) }
      )
      queue.process { item in
        if item == 1 { throw permanent(Poison(item: 1)) }
        throw TimedOut(limit: .zero)
      }
      try await queue.enqueue(1)
      try await queue.enqueue(2)
      try await queue.wait()
      let letters = try await queue.deadLetters.peek()
      #expect(letters.map(\.attempts) == [1, 1])
      #expect(letters[0].error as? Poison == Poison(item: 1))
    }
  }

  @Test func aHandlerThatCancelsItselfFailsLikeAnyOther() async throws {
    try await simulated {
      let queue = WorkQueue<Int>(name: "q", maxRetries: 1, backoff: .constant(attempts: 1, delay: .zero))
      queue.process { _ in throw CancellationError() }
      try await queue.enqueue(1)
      try await queue.wait()
      let letter = try await queue.deadLetters.receive()
      #expect(letter?.attempts == 2 && letter?.error is CancellationError)
    }
  }

  @Test func aHandlerThatHangsIsTimedOut() async throws {
    try await simulated {
      var options = WorkQueueOptions()
      options.timeout = .seconds(5)
      options.maxRetries = 1
      let queue = WorkQueue<Int>(name: "q", options: options)
      queue.process { _ in try await Channel<Int>().send(1) }
      try await queue.enqueue(1)
      try await queue.wait()
      let letter = try await queue.deadLetters.tryReceive()
      #expect(letter?.error as? TimedOut == TimedOut(limit: .seconds(5)))
      try await expectBalance(queue)
    }
  }

  @Test func aWorkerThatLivesKeepsItsItemBeyondTheLease() async throws {
    try await simulated {
      var options = WorkQueueOptions()
      options.lease = .seconds(3)
      options.workers = 2
      let queue = WorkQueue<Int>(name: "q", options: options)
      let seen = Recorder<Int>()
      queue.process { item in
        seen.add(item)
        try await sleep(for: .seconds(60))
      }
      try await queue.enqueue(1)
      try await queue.wait()
      #expect(seen.values == [1])
      #expect(try await queue.ledger().crashRecoveries == 0)
    }
  }

  @Test func anItemWhoseWorkersVanishIsDeadAtLast() async throws {
    try await simulated {
      let queue = WorkQueue<Int>(name: "q", maxRetries: 2)
      try await queue.enqueue(1)
      var attempts: [Int] = []
      for _ in 1...3 {
        let lost = try await queue.claim(lease: .seconds(1))
        attempts.append(lost?.attempt ?? 0)
      }
      #expect(attempts == [1, 2, 3])
      let reading = spawn { try await queue.deadLetters.receive() }
      let claiming = spawn { try await queue.claim() }  // finds the item, and that it has had its chances
      let letter = try await reading.value
      #expect(letter?.error as? WorkQueueError == .crashed(queue: "q", attempts: 3) && letter?.crashes == 3)
      #expect(letter?.attempts == 3)
      #expect(try await queue.ledger().crashRecoveries == 3)
      claiming.cancel()
      try await expectBalance(queue)
    }
  }

  @Test func aDeliveryIsSettledOnce() async throws {
    try await simulated {
      let queue = WorkQueue<Int>(name: "q", maxRetries: 1)
      try await queue.enqueue(1)
      let first = try #require(try await queue.claim(lease: .seconds(2)))
      try await sleep(for: .seconds(1))
      try await first.inProgress()
      try await sleep(for: .milliseconds(1500))
      try await first.nak(delay: .seconds(5))
      await #expect(throws: WorkQueueError.alreadySettled(queue: "q", id: 1)) { try await first.ack() }
      await #expect(throws: WorkQueueError.alreadySettled(queue: "q", id: 1)) { try await first.inProgress() }
      let second = try #require(try await queue.claim())
      #expect(Simulation.elapsedMilliseconds == 7_500 && second.attempt == 2)
      try await second.nak()
      let letter = try await queue.deadLetters.tryReceive()
      #expect(letter?.error as? WorkQueueError == .rejected(queue: "q", attempts: 2))
      try await expectBalance(queue)
    }
  }

  @Test func aLostLeaseIsTold() async throws {
    try await simulated {
      let queue = WorkQueue<Int>(name: "q")
      try await queue.enqueue(1)
      let lost = try #require(try await queue.claim(lease: .seconds(1)))
      let other = try #require(try await queue.claim())
      await #expect(throws: WorkQueueError.leaseLost(queue: "q", id: 1)) { try await lost.inProgress() }
      await #expect(throws: WorkQueueError.leaseLost(queue: "q", id: 1)) { try await lost.ack() }
      try await other.ack()
      try await expectBalance(queue)
    }
  }

  @Test func handlersMaySettleThemselves() async throws {
    try await simulated {
      let queue = WorkQueue<Int>(name: "q", workers: 2, maxRetries: 3)
      queue.processDeliveries { delivery in
        switch delivery.item {
        case 1: try await delivery.ack()
        case 2: try await delivery.term(Poison(item: 2))
        case 3 where delivery.attempt < 3: try await delivery.nak(delay: .seconds(1))
        default: break
        }
      }
      for item in 1...4 { try await queue.enqueue(item) }
      try await queue.wait()
      let ledger = try await queue.ledger()
      #expect(ledger.completed == 3 && ledger.dead == 1 && ledger.retries == 2)
      try await expectBalance(queue)
    }
  }

  @Test func waitingRaisesThePriority() async throws {
    try await Simulation(seed: 3).run {
      let order = Recorder<Int>()
      let queue = WorkQueue<Int>(name: "q")
      try await queue.enqueue(1)
      try await sleep(for: .seconds(3))
      try await queue.enqueue(2, priority: 2)
      try await queue.enqueue(3, priority: 4)
      queue.process { order.add($0) }
      try await queue.wait()
      #expect(order.values == [3, 1, 2])
    }
  }

  @Test func lanesTakeTurnsAndHaveLimits() async throws {
    try await simulated {
      var options = WorkQueueOptions()
      options.workers = 4
      options.laneLimit = 2
      let queue = WorkQueue<Int>(name: "q", options: options)
      let (running, peak, others) = (AtomicInteger(), Recorder<Int>(), Recorder<Duration>())
      for item in 0..<20 { try await queue.enqueue(item, lane: "busy") }
      for item in 100..<102 { try await queue.enqueue(item, lane: "quiet") }
      queue.process { item in
        if item >= 100 { return others.add(Simulation.elapsed) }
        peak.add(running.add(1))
        try await sleep(for: .seconds(1))
        running.add(-1)
      }
      try await queue.wait()
      #expect(peak.values.max() == 2 && others.values == [.zero, .zero])
      #expect(Simulation.elapsedMilliseconds == 10_000)
      try await expectBalance(queue)
    }
  }

  @Test func aFullQueueSuspendsTheProducer() async throws {
    try await simulated {
      var options = WorkQueueOptions()
      options.capacity = 2
      let queue = WorkQueue<Int>(name: "q", options: options)
      try await queue.enqueue(1)
      try await queue.enqueue(2, delay: .seconds(1))
      let (third, fourth) = (spawn { try await queue.enqueue(3) }, spawn { try await queue.enqueue(4) })
      try await settle()
      try await expectBalance(queue, pending: 2)
      fourth.cancel()
      #expect(await fourth.result.isCancellation)
      let claim = try await queue.claim()
      _ = try await third.value
      try await expectBalance(queue, pending: 3)
      let fifth = spawn { try await queue.enqueue(5) }
      try await settle()
      queue.process { _ in }
      try await claim?.ack()
      _ = try await fifth.value
      try await queue.wait()
      #expect(try await queue.ledger().completed == 4)
      try await expectBalance(queue)
    }
  }

  @Test func closingRefusesThoseWhoWaitForRoom() async throws {
    try await simulated {
      var options = WorkQueueOptions()
      options.capacity = 1
      let queue = WorkQueue<Int>(name: "q", options: options)
      try await queue.enqueue(1)
      let waiting = spawn { try await queue.enqueue(2) }
      try await settle()
      await queue.close()
      await #expect(throws: WorkQueueError.closed(queue: "q")) { try await waiting.value }
      #expect(try await queue.shutdownNow() == [1])
      try await expectBalance(queue)
    }
  }

  @Test func closingFinishesTheWorkDelayedItemsToo() async throws {
    try await simulated {
      let queue = WorkQueue<Int>(name: "q", workers: 2)
      queue.process { _ in try await sleep(for: .seconds(1)) }
      for item in 1...3 { try await queue.enqueue(item) }
      try await queue.enqueue(4, delay: .seconds(60))
      await queue.close()
      #expect(try await queue.ledger().completed == 4 && Simulation.elapsedMilliseconds == 61_000)
      await #expect(throws: WorkQueueError.closed(queue: "q")) { try await queue.enqueue(5) }
      await #expect(throws: WorkQueueError.closed(queue: "q")) { try await queue.deadLetters.replay() }
    }
  }

  @Test func shuttingDownHandsBackWhatIsNotDone() async throws {
    try await simulated {
      let queue = WorkQueue<Int>(name: "q", workers: 2)
      queue.process { item in
        if item == 1 { return }
        try await sleep(for: .seconds(10))
      }
      for item in 1...5 { try await queue.enqueue(item) }
      try await queue.enqueue(6, delay: .seconds(60))
      try await sleep(for: .seconds(1))
      #expect(try await queue.shutdownNow() == [2, 3, 4, 5, 6])
      #expect(try await queue.ledger().takenBack == 5)
      try await expectBalance(queue)
      #expect(try await queue.deadLetters.receive() == nil)
    }
  }

  @Test func aReleasedQueueFinishesItsWork() async throws {
    try await simulated {
      let done = WaitGroup()
      done.add(3)
      do {
        let queue = WorkQueue<Int>(name: "q", workers: 2, maxRetries: 1)
        let failures = AtomicInteger()
        queue.process { item in
          if item == 2, failures.add(1) == 1 { throw Poison(item: 2) }
          done.done()
        }
        for item in 1...3 { try await queue.enqueue(item) }
      }
      try await done.wait()
    }
  }

  @Test func workersCanBeMoreOrFewerAtAnyTime() async throws {
    try await simulated {
      let queue = WorkQueue<Int>(name: "q", workers: 4)
      let (running, peaks) = (AtomicInteger(), Recorder<Int>())
      queue.process { _ in
        peaks.add(running.add(1))
        try await sleep(for: .seconds(1))
        running.add(-1)
      }
      try await settle()
      try queue.resize(workers: 1)  // all wait
      for item in 0..<3 { try await queue.enqueue(item) }
      try await queue.wait()
      #expect(peaks.values.max() == 1)
      try queue.resize(workers: 3)
      for item in 0..<9 { try await queue.enqueue(item) }
      try await sleep(for: .milliseconds(500))
      #expect(running.load() == 3)
      try queue.resize(workers: 2)  // all work
      try await sleep(for: .seconds(1))
      #expect(running.load() == 2)
      try await queue.wait()
      #expect(throws: InvalidSetting.self) { try queue.resize(workers: 0) }
      #expect(queue.workers == 2)
      try await expectBalance(queue)
    }
  }

  /// Retiring a worker at the moment at which it is given an item loses nothing.
  @Test func resizingStormsLoseNothing() async throws {
    try await simulated(seeds: 0..<40) {
      let queue = WorkQueue<Int>(name: "q", workers: 4)
      let seen = Recorder<Int>()
      queue.process { item in
        await Task.yield()
        if Task.isCancelled { throw CancellationError() }
        seen.add(item)
      }
      let resizing = spawn {
        for step in 0..<50 {
          try queue.resize(workers: step % 2 == 0 ? 1 : 6)
          await Task.yield()
        }
      }
      for item in 0..<50 {
        try await queue.enqueue(item)
        await Task.yield()
      }
      _ = try await resizing.value
      try await queue.wait()
      #expect(seen.values.sorted() == Array(0..<50))
      try await expectBalance(queue)
    }
  }

  /// A quick handler's worker takes several items at a time; retired among them, it gives the rest back.
  @Test func aWorkerRetiredAmongItsItemsGivesTheRestBack() async throws {
    try await simulated(seeds: 0..<20) {
      let queue = WorkQueue<Int>(name: "q", workers: 2)
      let seen = Recorder<Int>()
      for item in 0..<100 { try await queue.enqueue(item) }
      queue.process { item in
        if item % 20 == 10 { try queue.resize(workers: item % 40 == 10 ? 1 : 2) }
        seen.add(item)
      }
      try await queue.wait()
      #expect(seen.values.sorted() == Array(0..<100))
      let ledger = try await queue.ledger()
      #expect(ledger.completed == 100 && ledger.retries == 0 && ledger.isBalanced)
      await queue.close()
    }
  }

  private final class Token: Sendable {
    let id: Int
    private let alive: AtomicInteger
    init(_ id: Int, _ alive: AtomicInteger) {
      self.id = id
      self.alive = alive
      alive.add(1)
    }
    deinit { alive.add(-1) }
  }

  /// What an item that is done was kept in, is used for later ones: these have their own numbers and attempts, and nothing is kept of it.
  @Test func itemsThatAreDoneLeaveNothingToLaterOnes() async throws {
    try await simulated(seeds: 0..<4) {
      let (alive, seen) = (AtomicInteger(0), Recorder<Int>())
      let queue = WorkQueue<Token>(
        name: "q", workers: 3, maxRetries: 1, backoff: .constant(attempts: 1, delay: .milliseconds(1)))
      queue.process { token in
        let isFirst = !seen.values.contains(token.id)
        seen.add(token.id)
        if isFirst { throw Poison(item: token.id) }
      }
      var numbers: Set<UInt64> = []
      for round in 0..<10 {
        for index in 0..<30 {
          let key = index % 10 == 0 ? "key \(index)" : nil
          let added = try await queue.enqueue(Token(round * 30 + index, alive), key: key)
          if case .added(let number) = added { numbers.insert(number) }
        }
        try await queue.wait()
        #expect(alive.load() == 0)
      }
      #expect(numbers.count == 300)
      let ledger = try await queue.ledger()
      #expect(ledger.completed == 300 && ledger.retries == 300 && ledger.dead == 0 && ledger.isBalanced)
      await queue.close()
    }
  }

  @Test func settingsThatMakeNoSenseAreTold() async throws {
    for change in [
      { $0.workers = 0 }, { $0.maxRetries = -1 }, { $0.lease = .zero }, { $0.timeout = .seconds(-1) },
      { $0.ageing = .milliseconds(1) }, { $0.laneLimit = 0 }, { $0.capacity = 0 },
      { $0.backoff = .constant(attempts: 1, delay: .seconds(-1)) },
      { $0.backoff = .exponential(attempts: 1, multiplier: .nan) },
    ] as [(inout WorkQueueOptions) -> Void] {
      var options = WorkQueueOptions()
      change(&options)
      let queue = WorkQueue<Int>(name: "wrong", options: options)
      #expect(throws: InvalidSetting.self) { try queue.validate() }
      #expect(!queue.process { _ in })
      await #expect(throws: InvalidSetting.self) { try await queue.enqueue(1) }
      await queue.close()
    }
  }

  @Test func thereIsOneHandler() async throws {
    try await simulated {
      let queue = WorkQueue<Int>(name: "q")
      let seen = Recorder<String>()
      #expect(queue.process { _ in seen.add("first") })
      #expect(!queue.process { _ in seen.add("second") })
      try await queue.enqueue(1)
      await queue.close()
      await queue.close()
      #expect(seen.values == ["first"])
    }
  }

  @Test func aHandlerMayAddToItsOwnQueue() async throws {
    try await simulated {
      let queue = WorkQueue<Int>(name: "q", workers: 2)
      queue.process { item in
        if item < 100 { for next in [item * 2, item * 2 + 1] { try await queue.enqueue(next) } }
      }
      try await queue.enqueue(1)
      try await queue.wait()
      #expect(try await queue.ledger().completed == 199)
    }
  }

  @Test func whatIsDiscardedIsHandedOver() async throws {
    try await simulated {
      var options = WorkQueueOptions()
      options.maxRetries = 0
      options.keepsDeadLetters = false
      let discarded = Recorder<Int>()
      let queue = WorkQueue<Int>(name: "q", options: options) { discarded.add($0.item) }
      queue.process { throw Poison(item: $0) }
      try await queue.enqueue(7)
      await queue.close()
      #expect(discarded.values == [7])
      #expect(try await queue.deadLetters.receive() == nil)
      try await expectBalance(queue)
    }
  }
}
