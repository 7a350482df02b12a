import CoreTestSupport
import Revoada
import RevoadaScheduling
import Testing

/// Inputs that are sent without key and context: they have no tasks of their own.
///
/// Everything here runs without task-local values; tests have some, and every input would bring them along.
@Suite(.timeLimit(.minutes(10)))
struct SentInputsTests {
  struct Broken: Error {}

  /// What is known of a pool after its end.
  struct Ending: Sendable {
    var outcomes: [Outcome<Int, Int>] = []
    var stats: PoolStats
    var handedBack: [Int] = []
  }

  /// Runs `body` once for each of some schedules, and checks what it returns in the test's own task.
  private func simulatedBare<T: Sendable>(
    seeds: Range<UInt64> = 0..<8, _ body: @escaping @Sendable () async throws -> T, check: (T) throws -> Void
  ) async throws {
    for seed in seeds {
      let task = Task.detached {
        try await Simulation(seed: seed).run { () -> (T, Bool) in (try await body(), TaskLocals.areBound) }
      }
      let (result, areBound) = try await task.value
      #expect(!areBound)
      try check(result)
    }
  }

  private func onWorkersBare<T: Sendable>(_ count: Int, _ body: @escaping @Sendable () async throws -> T)
    async throws -> T
  { try await Task.detached { try await onWorkers(count, body) }.value }

  /// Sends numbers, in several goroutines, closes the pool, and reads its results to their end.
  private static func pass(_ count: Int, senders: Int = 1, through pool: WorkerPool<Int, Int>) async throws
    -> Ending
  {
    let goroutines = (0..<senders).map { sender in
      spawn {
        for number in stride(from: sender, to: count, by: senders) { try await pool.send(number) }
      }
    }
    spawn {
      for goroutine in goroutines { try await goroutine.value }
      await pool.close()
    }
    var outcomes: [Outcome<Int, Int>] = []
    for try await outcome in pool.results { outcomes.append(outcome) }
    return Ending(outcomes: outcomes, stats: pool.stats)
  }

  private func checkThatAllEnded(_ ending: Ending, _ count: Int, failed: Int = 0) {
    #expect(ending.outcomes.map(\.input).sorted() == Array(0..<count))
    #expect(Set(ending.outcomes.map(\.id)).count == count)
    #expect(ending.outcomes.allSatisfy { $0.attempts == 1 && ($0.value ?? 2 * $0.input) == 2 * $0.input })
    #expect(ending.outcomes.count { $0.error is Broken } == failed)
    let stats = ending.stats
    #expect(stats.submitted == count && stats.completed == count - failed && stats.failed == failed)
    #expect(stats.active == 0 && stats.queued == 0 && stats.waiting == 0 && stats.dropped == 0)
    #expect(stats.perWorker.reduce(0, +) == count)
  }

  static let shapes = [(1, 0, 0), (1, 1, 1), (4, 10, 100), (8, 100, 3), (3, 0, 2)]

  @Test(arguments: shapes) func everyInputHasOneOutcome(workers: Int, queue: Int, results: Int) async throws {
    var options = PoolOptions()
    (options.workers, options.queue, options.results) = (workers, queue, results)
    let fixed = options
    try await simulatedBare {
      let pool = WorkerPool<Int, Int>(name: "quick", options: fixed) { number in
        if number % 50 == 7 { throw Broken() }
        return number * 2
      }
      return try await Self.pass(300, senders: 3, through: pool)
    } check: {
      checkThatAllEnded($0, 300, failed: 6)
    }
    try await simulatedBare {
      let pool = WorkerPool<Int, Int>(name: "suspending", options: fixed) { number in
        if number % 3 == 0 { try await sleep(for: .milliseconds(number % 5)) }
        if number % 50 == 7 { throw Broken() }
        return number * 2
      }
      return try await Self.pass(300, senders: 3, through: pool)
    } check: {
      checkThatAllEnded($0, 300, failed: 6)
    }
  }

  @Test(arguments: [2, 8]) func nothingIsLostOnRealWorkers(workers: Int) async throws {
    for (width, queue, room) in [(8, 100, 100), (2, 1, 1), (4, 0, 0), (1, 7, 20)] {
      var options = PoolOptions()
      (options.workers, options.queue, options.results) = (width, queue, room)
      let fixed = options
      let quick = try await onWorkersBare(workers) {
        let pool = WorkerPool<Int, Int>(name: "quick", options: fixed) { $0 * 2 }
        return try await Self.pass(9000, senders: 3, through: pool)
      }
      checkThatAllEnded(quick, 9000)
      let suspending = try await onWorkersBare(workers) {
        let pool = WorkerPool<Int, Int>(name: "suspending", options: fixed) { number in
          if number % 50 == 0 { await Task.yield() }
          return number * 2
        }
        return try await Self.pass(3000, senders: 3, through: pool)
      }
      checkThatAllEnded(suspending, 3000)
    }
  }

  @Test func asManyRunAtOnceAsThereAreWorkers() async throws {
    try await simulatedBare {
      let (running, peak) = (AtomicInteger(), Recorder<Int>())
      let pool = WorkerPool<Int, Int>(name: "wide", workers: 4, queue: nil) { number in
        peak.add(running.add(1))
        try await sleep(for: .milliseconds(10))
        running.add(-1)
        return number
      }
      for number in 0..<40 { try await pool.send(number) }
      let before = pool.stats
      try await settle()
      let during = pool.stats
      await pool.close()
      return (before, during, peak.values.max(), Simulation.elapsed, pool.stats)
    } check: { before, during, peak, elapsed, after in
      #expect(before.queued + before.active == 40 && during.active == 4 && during.queued == 36)
      #expect(peak == 4 && elapsed >= .milliseconds(100) && elapsed < .milliseconds(101))
      #expect(after.completed == 40 && after.average >= .milliseconds(10) && after.p95 < .milliseconds(11))
    }
  }

  @Test func inputsAndTasksComeInTheirOrder() async throws {
    try await simulatedBare {
      let order = Recorder<Int>()
      let pool = WorkerPool<Int, Int>(name: "mixed", workers: 1, queue: nil) { number in
        order.add(number)
        return number
      }
      for number in 0..<60 {
        switch number % 7 {
        case 3: try await pool.submit(number)
        case 5: try await pool.submit(number).cancel()
        default: try await pool.send(number)
        }
      }
      await pool.close()
      return (order.values, pool.stats)
    } check: { order, stats in
      #expect(order == (0..<60).filter { $0 % 7 != 5 })
      #expect(stats.submitted == 60 && stats.dropped == (0..<60).count { $0 % 7 == 5 })
    }
  }

  @Test func inputsTakeTurnsWithThoseOfKeys() async throws {
    try await simulatedBare {
      let order = Recorder<Int>()
      let pool = WorkerPool<Int, Int>(name: "fair", workers: 1, queue: nil) { number in
        order.add(number)
        return number
      }
      for number in 0..<20 { try await pool.send(number) }
      for number in 100..<103 { try await pool.send(number, key: "quiet") }
      await pool.close()
      return order.values
    } check: { order in
      #expect(order.prefix(7).count { $0 >= 100 } == 3 && order.count == 23)
      #expect(order.filter { $0 < 100 } == Array(0..<20))
    }
  }

  @Test func shutdownHandsBackWhatHasNotRun() async throws {
    try await simulatedBare { () -> Ending in
      var options = PoolOptions()
      (options.workers, options.queue, options.results) = (2, nil, 1)
      let pool = WorkerPool<Int, Int>(name: "stopped", options: options) { number in
        if number > 5 { try await sleep(for: .seconds(60)) }
        return number * 2
      }
      for number in 0..<20 {
        if number == 12 { try await pool.submit(number) } else { try await pool.send(number) }
      }
      var outcomes: [Outcome<Int, Int>] = []
      for _ in 0..<4 { if let outcome = try await pool.results.receive() { outcomes.append(outcome) } }
      try await settle()
      let handedBack = pool.shutdownNow()
      for try await outcome in pool.results { outcomes.append(outcome) }
      return Ending(outcomes: outcomes, stats: pool.stats, handedBack: handedBack)
    } check: { ending in
      let ran = ending.outcomes.map(\.input)
      #expect((ran + ending.handedBack).sorted() == Array(0..<20))
      #expect(ending.handedBack == ending.handedBack.sorted() && ending.handedBack.contains(12))
      #expect(ending.outcomes.allSatisfy { $0.error == nil || $0.error is CancellationError })
      let stats = ending.stats
      #expect(stats.completed + stats.failed == ran.count && stats.dropped == ending.handedBack.count)
      #expect(stats.active == 0 && stats.queued == 0 && stats.submitted == 20)
    }
  }

  @Test func whatHasRunIsDeliveredAfterAShutdown() async throws {
    try await simulatedBare { () -> Ending in
      var options = PoolOptions()
      (options.workers, options.queue, options.results) = (3, nil, 0)
      let pool = WorkerPool<Int, Int>(name: "stopped", options: options) { $0 * 2 }
      for number in 0..<50 { try await pool.send(number) }
      try await settle()  // every worker waits for the reader now
      let handedBack = pool.shutdownNow()
      var outcomes: [Outcome<Int, Int>] = []
      for try await outcome in pool.results { outcomes.append(outcome) }
      return Ending(outcomes: outcomes, stats: pool.stats, handedBack: handedBack)
    } check: { ending in
      #expect((ending.outcomes.map(\.input) + ending.handedBack).sorted() == Array(0..<50))
      #expect(ending.stats.completed == ending.outcomes.count && ending.outcomes.count >= 3)
      #expect(ending.stats.dropped == ending.handedBack.count && ending.stats.queued == 0)
    }
  }

  @Test func aSendThatWaitsIsCancelledOrRefused() async throws {
    try await simulatedBare { () -> (Bool, Bool, PoolStats) in
      var options = PoolOptions()
      (options.workers, options.queue) = (1, 2)
      let gate = Channel<Void>()
      let pool = WorkerPool<Int, Int>(name: "full", options: options) { number in
        _ = try await gate.receive()
        return number
      }
      for number in 0..<3 { try await pool.send(number) }
      let (first, second) = (spawn { try await pool.send(3) }, spawn { try await pool.send(4) })
      try await settle()
      first.cancel()
      let cancelled = await first.result.isCancellation
      let closing = spawn { await pool.close() }
      var refused = false
      do { try await second.value } catch { refused = error as? PoolError == .closed(pool: "full") }
      gate.close()
      try await closing.value
      return (cancelled, refused, pool.stats)
    } check: { cancelled, refused, stats in
      #expect(cancelled && refused)
      #expect(stats.submitted == 3 && stats.completed == 3 && stats.waiting == 0)
    }
  }

  @Test func progressIsReportedAtEachMark() async throws {
    try await simulatedBare { () -> [PoolProgress] in
      let reports = Recorder<PoolProgress>()
      var options = PoolOptions.cpuBound
      (options.workers, options.queue, options.progressEvery) = (1, nil, 10)
      options.onProgress = { reports.add($0) }
      let pool = WorkerPool<Int, Int>(name: "progress", options: options) { $0 }
      for number in 0..<95 { try await pool.send(number) }
      await pool.close()
      return reports.values
    } check: { reports in
      #expect(reports.map(\.count) == Array(stride(from: 10, to: 95, by: 10)))
    }
  }

  @Test func aReleasedPoolFinishesWhatWasSent() async throws {
    try await simulatedBare { () -> Int in
      let done = AtomicInteger()
      var pool: WorkerPool<Int, Void>? = WorkerPool(name: "released", workers: 2, queue: nil) { _ in
        try await sleep(for: .milliseconds(1))
        done.add(1)
      }
      for number in 0..<10 { try await pool!.send(number) }
      pool = nil
      try await sleep(for: .seconds(1))
      return done.load()
    } check: {
      #expect($0 == 10)
    }
  }

  @Test(arguments: [2, 8]) func allKindsOfTasksTogetherOnRealWorkers(workers: Int) async throws {
    let (stats, received, ended) = try await onWorkersBare(workers) { () -> (PoolStats, Int, Int) in
      let pool = WorkerPool<Int, Int>(name: "stress", workers: 4, queue: 16) { number in
        if number % 7 == 0 { await Task.yield() }
        if number % 100 == 0 { throw Broken() }
        return number
      }
      let (received, ended) = (AtomicInteger(), AtomicInteger())
      let reader = spawn { for try await _ in pool.results { received.add(1) } }
      try await withScope { scope in
        for producer in 0..<6 {
          scope.spawn {
            for number in (producer * 500)..<((producer + 1) * 500) {
              switch number % 4 {
              case 0:
                let task = try await pool.submit(number)
                if number % 3 == 0 { task.cancel() }
                if number % 5 == 0 { _ = await task.result }
                ended.add(1)
              case 1: try await pool.send(number, key: number % 3)
              default: try await pool.send(number)
              }
            }
          }
        }
        scope.spawn {
          for size in [1, 6, 2, 8, 3, 1, 4] {
            try pool.resize(workers: size)
            for _ in 0..<20 { await Task.yield() }
          }
        }
      }
      await pool.close()
      try await reader.value
      return (pool.stats, received.load(), ended.load())
    }
    #expect(stats.submitted == 3000 && received == 2250 && ended == 750)
    #expect(stats.completed + stats.failed + stats.dropped == 3000)
    #expect(stats.active == 0 && stats.queued == 0 && stats.waiting == 0)
  }

  @Test(arguments: [2, 8]) func aShutdownInTheMidstLosesNothing(workers: Int) async throws {
    for round in 0..<20 {
      let (sent, received, handedBack, stats) = try await onWorkersBare(workers) {
        () -> (Int, Int, Int, PoolStats) in
        var options = PoolOptions()
        (options.workers, options.queue, options.results) = (4, 16, round % 3)
        let pool = WorkerPool<Int, Int>(name: "stress", options: options) { $0 }
        let (sent, handedBack) = (AtomicInteger(), AtomicInteger())
        let senders = (0..<3).map { _ in
          spawn {
            for number in 0..<10_000 {
              do { try await pool.send(number) } catch { return }
              sent.add(1)
            }
          }
        }
        var received = 0
        for try await _ in pool.results {
          received += 1
          if received == 100 * (round + 1) { handedBack.add(pool.shutdownNow().count) }
        }
        for sender in senders { try await sender.value }
        return (sent.load(), received, handedBack.load(), pool.stats)
      }
      #expect(sent == received + handedBack)
      #expect(stats.submitted == sent && stats.dropped == handedBack && stats.completed == received)
      #expect(stats.active == 0 && stats.queued == 0)
    }
  }
}
