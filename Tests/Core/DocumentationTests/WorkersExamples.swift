import Revoada
import Testing

/// The examples of the workers' documentation, line for line.
@Suite(.timeLimit(.minutes(10)))
struct WorkersExamples {
  @Test func aPool() async throws {
    let pool = WorkerPool<Int, Int>(name: "double", workers: 4, queue: 100) { $0 * 2 }
    let doubled = try await pool.submit(21).value
    await pool.close()
    #expect(doubled == 42)
  }

  @Test func jobsAndResults() async throws {
    let pool = WorkerPool<Int, Int>(name: "double", workers: 4, queue: 100) { $0 * 2 }
    func print(_ input: Int, _ result: Result<Int, any Error>) { #expect((try? result.get()) == input * 2) }
    spawn {
      for number in 1...1000 { try await pool.send(number) }
      await pool.close()
    }
    for try await outcome in pool.results { print(outcome.input, outcome.result) }
    #expect(pool.stats.completed == 1000)
  }

  @Test func options() async throws {
    var options = PoolOptions.ioBound
    options.queue = 1000
    options.keyLimit = 2
    let mails = WorkerPool<String, Int>(name: "mails", options: options) { address in address.count }
    try await mails.submit("ana@example.org", key: "tenant 1")
    await mails.close()
    #expect(mails.stats.completed == 1)
  }

  @Test func priorities() async throws {
    let printed = AtomicInteger()
    @Sendable func print(_ text: String) { printed.add(1) }
    let pool = PriorityWorkerPool<String, Void>(name: "mails", workers: 2) { print($0) }
    try await pool.submit("newsletter")
    try await pool.submit("password reset", priority: 10)
    await pool.close()
    #expect(printed.load() == 2)
  }

  struct URL: Sendable {}
  struct Page: Sendable {}

  @Test func adaptation() async throws {
    @Sendable func fetch(_ url: URL) async throws -> Page { Page() }
    let pool = AdaptiveWorkerPool<URL, Page>(name: "crawl", minWorkers: 2, maxWorkers: 20) { url in
      try await fetch(url)
    }
    _ = try await pool.submit(URL()).value
    await pool.close()
    #expect(pool.stats.workers == 2)
  }

  @Test func closures() async throws {
    let pages = [1, 2, 3]
    @Sendable func fetch(_ page: Int) async throws -> Int { page }
    let bounded = BoundedParallelism(maxParallel: 10, queueSize: 100)
    for page in pages { try await bounded.submit { try await fetch(page) } }
    try await bounded.waitAll()
    #expect(bounded.stats.completed == 3)
  }

  @Test func aConcurrentMap() async throws {
    @Sendable func fetchSales(_ month: Int) async throws -> Int { month * 100 }
    func print(_ items: Any...) { #expect(items.count == 4) }
    let outcomes = try await (1...12).concurrentMap(
      limit: 5, retry: .exponential(attempts: 4), deadline: .seconds(2)
    ) { month in try await fetchSales(month) }
    for outcome in outcomes { print(outcome.input, outcome.result, outcome.attempts, outcome.duration) }
    #expect(outcomes.count == 12)
  }

  @Test func aMapOfAStream() async throws {
    let jobs = Channel<Int>(capacity: 3)
    for job in 1...3 { try await jobs.send(job) }
    jobs.close()
    @Sendable func run(_ job: Int) async throws -> Int { job * 2 }
    func print(_ input: Int, _ result: Result<Int, any Error>) { #expect((try? result.get()) == input * 2) }
    let outcomes = jobs.concurrentMap(limit: 8, retry: .exponential(attempts: 3)) { try await run($0) }
    for try await outcome in outcomes { print(outcome.input, outcome.result) }
  }

  @Test func periods() async throws {
    @Sendable func fetchSales(_ month: Period) async throws -> Int { month.days }
    let year = Period("2025-01-01", through: "2025-12-31")
    let outcomes = try await year.split(by: .month).concurrentMap(limit: 5) { month in
      try await fetchSales(month)
    }
    #expect(outcomes.compactMap(\.value).reduce(0, +) == 365)
  }

  @Test func days() {
    func print(_ day: CalendarDay) { #expect(day.description == "2025-03-01") }
    let day: CalendarDay = "2025-02-28"
    print(day + 1)  // 2025-03-01
  }

  struct Row: Sendable {}
  struct Database: Sendable {
    let count = 0
    func insert(_ rows: [Row]) async throws { #expect(rows.count == 2) }
  }

  @Test func batches() async throws {
    let (database, input) = (Database(), Channel<Row>(capacity: 2))
    try await input.send(Row())
    try await input.send(Row())
    input.close()
    let rows = BatchProcessor<Row>(size: 100, every: .seconds(1)) { rows in try await database.insert(rows) }
    for try await row in input { try await rows.add(row) }
    try await rows.close()
    #expect(rows.stats.delivered == 2)
  }

  struct Refused: Error {}

  @Test func itemsThatFail() async throws {
    let batch = BatchProcessor<Int>(size: 100, every: .seconds(1)) { items in
      let refused = items.indices.filter { items[$0] < 0 }
      if !refused.isEmpty { throw BatchItemErrors(failures: refused.map { ($0, Refused()) }) }
    }
    for number in [1, -1, 2] { try await batch.add(number) }
    try await batch.close()
    #expect(batch.stats.failed == 1 && batch.stats.delivered == 2)
  }
}
