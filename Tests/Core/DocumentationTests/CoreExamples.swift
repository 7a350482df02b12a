import CoreTestSupport
import Revoada
import Testing

/// The examples of scheduling, channels and coordination.
@Suite(.timeLimit(.minutes(10)))
struct CoreExamples {
  private struct Job: Sendable, Equatable { var id = 1 }
  @Sendable private func fetch(_ url: String) async throws { try await sleep(for: .milliseconds(1)) }
  @Sendable private func query() async throws -> Int {
    try await sleep(for: .milliseconds(1))
    return 42
  }
  @Sendable private func readFile(_ path: String) throws -> [UInt8] { Array(path.utf8) }
  @Sendable private func work() {}

  @Test func anHourPassesAtOnce() async throws {
    try await Simulation(seed: 7).run {
      let goroutine = spawn {
        try await sleep(for: .seconds(3600))
        return "an hour later"
      }
      let answer = try await goroutine.value  // at once
      #expect(answer == "an hour later")
    }
  }

  @Test func offloading() async throws {
    let path = "/a"
    let bytes = try await offload { try readFile(path) }
    #expect(bytes == [47, 97])
  }

  @Test func schedulers() async {
    Scheduler.installGlobally()
    let scheduler = Scheduler(workers: 2)
    let task = Task(executorPreference: scheduler) { work() }
    await task.value
    #expect(!Scheduler.installGlobally())
  }

  @Test func scopes() async throws {
    try await simulated(seeds: 0..<1) { [self] in
      let urls = ["a", "b", "c"]
      try await withScope(limit: 8) { scope in
        for url in urls { scope.spawn { try await fetch(url) } }
      }
    }
  }

  @Test func contexts() async throws {
    try await simulated(seeds: 0..<1) { [self] in
      let request = CancellationContext()
      let lookup = request.child(timeout: .seconds(2))
      try await lookup.run { try await query() }  // cancelled by lookup's timeout or by request.cancel()
      request.cancel()
      await #expect(throws: (any Error).self) { try await lookup.run { try await query() } }
    }
  }

  @Test func channels() async throws {
    try await simulated(seeds: 0..<1) {
      let handled = Recorder<Int>()
      @Sendable func print(_ job: Int) { handled.add(job) }
      let jobs = Channel<Int>(capacity: 100)
      spawn {
        for job in 1...10 { try await jobs.send(job) }
        jobs.close()
      }
      for try await job in jobs { print(job) }
      #expect(handled.values == Array(1...10))
    }
  }

  @Test func receiving() async throws {
    try await simulated(seeds: 0..<1) {
      var handled: [Int] = []
      func handle(_ job: Int) { handled.append(job) }
      let jobs = Channel<Int>(capacity: 2)
      try await jobs.send(1)
      jobs.close()
      while let job = try await jobs.receive() { handle(job) }
      #expect(handled == [1])
    }
  }

  @Test func selecting() async throws {
    try await simulated(seeds: 0..<1) {
      let jobs = Channel<Int>()
      let greetings = Channel<String>(capacity: 1)
      let answer = try await select {
        Receive(jobs) { job in job.map(String.init) ?? "closed" }
        Send("hello", to: greetings) { "sent" }
        After(.seconds(1)) { "late" }
      }
      #expect(answer == "sent")
    }
  }

  @Test func ticking() async throws {
    try await simulated(seeds: 0..<1) {
      let reports = AtomicInteger()
      @Sendable func report() { reports.add(1) }
      let reporter = spawn {
        let ticker = Ticker(every: .seconds(1))
        defer { ticker.stop() }
        for try await _ in ticker.ticks { report() }
      }
      try await sleep(for: .milliseconds(3500))
      reporter.cancel()
      #expect(reports.load() == 3)
    }
  }

  @Test func mutexes() async throws {
    let counter = AsyncMutex(0)
    try await counter.withLock { $0 += 1 }
    #expect(try await counter.withLock { $0 } == 1)
  }

  @Test func conditions() async throws {
    try await simulated(seeds: 0..<1) {
      let job = Job()
      let queue = AsyncMutex([Job]())
      let arrived = Condition()
      let worker = spawn {
        try await queue.withLock(waitingFor: arrived, until: { !$0.isEmpty }) { $0.removeFirst() }
      }
      try await queue.withLock { $0.append(job) }
      arrived.signal()
      #expect(try await worker.value == job)
    }
  }

  @Test func semaphores() async throws {
    try await simulated(seeds: 0..<1) { [self] in
      let connections = Semaphore(permits: 10)
      try await connections.withPermits(1) { try await query() }
      let all = try await connections.withPermits(10) { true }
      #expect(all)
    }
  }

  @Test func waitGroups() async throws {
    try await simulated(seeds: 0..<1) { [self] in
      let urls = ["a", "b"]
      let group = WaitGroup()
      for url in urls {
        group.add(1)
        spawn {
          defer { group.done() }
          try await fetch(url)
        }
      }
      try await group.wait()
    }
  }
}
