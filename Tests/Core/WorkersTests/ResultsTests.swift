import CoreTestSupport
import Revoada
import Synchronization
import Testing

/// Jobs in, results out, and what a pool tells about itself.
@Suite(.timeLimit(.minutes(10)))
struct ResultsTests {
  struct Broken: Error {}

  @Test func resultsOfWhatWasSentAreStreamed() async throws {
    try await simulated {
      let pool = WorkerPool<Int, Int>(name: "stream", workers: 4, queue: 10) { number in
        if number == 50 { throw Broken() }
        return number * 2
      }
      spawn {
        for number in 0..<300 { try await pool.send(number) }
        await pool.close()
      }
      var outcomes: [Int: Outcome<Int, Int>] = [:]
      for try await outcome in pool.results { outcomes[outcome.input] = outcome }
      #expect(outcomes.count == 300 && outcomes[50]?.error is Broken && outcomes[50]?.value == nil)
      #expect(outcomes[7]?.value == 14 && outcomes[7]?.attempts == 1)
      #expect(Set(outcomes.values.map(\.id)).count == 300)
      #expect(pool.stats.completed == 299 && pool.stats.failed == 1)
    }
  }

  @Test(arguments: [2, 8]) func nothingIsLostOnRealWorkers(workers: Int) async throws {
    let (sum, stats) = try await onWorkers(workers) { () -> (Int, PoolStats) in
      let pool = WorkerPool<Int, Int>(name: "stress", workers: 4, queue: 8) { number in
        if number % 50 == 0 { await Task.yield() }
        return number * 2
      }
      let senders = (0..<3).map { sender in
        spawn { for number in 0..<3000 { try await pool.send(sender * 3000 + number) } }
      }
      spawn {
        for sender in senders { try await sender.value }
        await pool.close()
      }
      var sum = 0
      for try await outcome in pool.results { sum += try outcome.result.get() }
      return (sum, pool.stats)
    }
    #expect(sum == 8999 * 9000)
    #expect(stats.completed == 9000 && stats.submitted == 9000 && stats.active == 0 && stats.queued == 0)
  }

  @Test func aReaderThatIsSlowHoldsTheWorkersAndLosesNothing() async throws {
    try await simulated {
      var options = PoolOptions()
      (options.workers, options.queue, options.results) = (2, 1, 1)
      options.timeout = .milliseconds(10)
      let pool = WorkerPool<Int, Int>(name: "slow reader", options: options) { number in
        if number % 2 == 0 { try await sleep(for: .seconds(1)) }  // runs too long
        return number
      }
      spawn {
        for number in 0..<20 { try await pool.send(number) }
        await pool.close()
      }
      var (done, late) = (0, 0)
      for try await outcome in pool.results {
        try await sleep(for: .milliseconds(30))
        switch outcome.result {
        case .success: done += 1
        case .failure(let error): late += error is TimedOut ? 1 : 0
        }
      }
      #expect(done == 10 && late == 10)
      #expect(pool.stats.failed == 10 && pool.stats.perWorker.reduce(0, +) == 20)
    }
  }

  @Test func workersReportTheirProgress() async throws {
    try await simulated {
      let reports = Recorder<PoolProgress>()
      var options = PoolOptions.cpuBound
      (options.workers, options.queue, options.progressEvery) = (1, nil, 10)
      options.onProgress = { reports.add($0) }
      let pool = WorkerPool<Int, Void>(name: "progress", options: options) { _ in }
      for number in 0..<25 { try await pool.submit(number) }
      await pool.close()
      #expect(reports.values.map(\.count) == [10, 20])
      #expect(reports.values.allSatisfy { $0.worker == 0 && $0.pool == "progress" })
      #expect(pool.stats.perWorker == [25])
    }
  }

  @Test func presetsSuitTheKindOfWork() {
    #expect(PoolOptions.cpuBound.workers == Scheduler.availableCores && PoolOptions.cpuBound.queue == 100)
    #expect(PoolOptions.ioBound.workers == 2 * Scheduler.availableCores && PoolOptions.ioBound.queue == 1000)
  }

  static let senseless: [(String, @Sendable (inout PoolOptions) -> Void)] = [
    ("workers must be at least 1, but is 0", { $0.workers = 0 }),
    ("workers must be at least 1, but is -1", { $0.workers = -1 }),
    ("queue must be at least 0, or nil for no bound, but is -1", { $0.queue = -1 }),
    ("results must be from 0 to 1048576, but is -5", { $0.results = -5 }),
    ("results must be from 0 to 1048576, but is 9223372036854775807", { $0.results = .max }),
    ("keyLimit must be at least 1, but is 0", { $0.keyLimit = 0 }),
    ("timeout must be longer than zero, but is 0.0 seconds", { $0.timeout = .zero }),
    ("progressEvery must be at least 1, but is 0", { $0.progressEvery = 0 }),
    ("logEvery must be at least 1, but is 0", { $0.logEvery = 0 }),
  ]

  @Test(arguments: senseless.indices) func optionsThatMakeNoSenseAreRefused(index: Int) async throws {
    let (message, spoil) = Self.senseless[index]
    var options = PoolOptions()
    spoil(&options)
    let pool = WorkerPool<Int, Int>(name: "bad", options: options) { $0 }
    let error = await #expect(throws: InvalidSetting.self) { try await pool.submit(1) }
    #expect(error?.description == "pool \"bad\": " + message)
    #expect(throws: InvalidSetting.self) { try pool.trySubmit(1) }
    try await pool.wait()
    await pool.close()
    #expect(pool.shutdownNow() == [])
  }

  @Test func scalingAndAgeingThatMakeNoSenseAreRefused() async {
    let pools: [WorkerPool<Int, Int>] = [
      AdaptiveWorkerPool(name: "bad", minWorkers: 0, maxWorkers: 1) { $0 },
      AdaptiveWorkerPool(name: "bad", minWorkers: 2, maxWorkers: 1) { $0 },
      AdaptiveWorkerPool(name: "bad", minWorkers: 1, maxWorkers: 2, scaleUp: .nan) { $0 },
      AdaptiveWorkerPool(name: "bad", minWorkers: 1, maxWorkers: 2, scaleUp: 0.1, scaleDown: 0.2) { $0 },
      AdaptiveWorkerPool(name: "bad", minWorkers: 1, maxWorkers: 2, checkInterval: .zero) { $0 },
      PriorityWorkerPool(name: "bad", ageing: .milliseconds(999)) { $0 },
      PriorityWorkerPool(name: "bad", ageing: .zero) { $0 },
    ]
    for pool in pools {
      await #expect(throws: InvalidSetting.self) { try await pool.submit(1) }
    }
  }

  @Test func hugeSizesAndTimesAreFine() async throws {
    try await simulated(seeds: 0..<1) {
      var options = PoolOptions()
      (options.workers, options.queue, options.timeout) = (.max, .max, .seconds(Int64.max))
      let pool = WorkerPool<Int, Int>(name: "huge", options: options) { $0 }
      let task = try await pool.submit(1, timeout: .seconds(Int64.max))
      #expect(try await task.value == 1)
      await pool.close()
    }
  }
}
