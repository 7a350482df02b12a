import CoreTestSupport
import Revoada
import Testing

/// The examples of RevoadaResilience's documentation, line for line.
@Suite(.timeLimit(.minutes(10)))
struct ResilienceExamples {
  struct ServerBusy: Error {}
  struct OrderNotFound: Error { let id: Int }

  // MARK: What the examples call

  @Sendable static func fetchInvoice(_ id: Int) async throws -> Int { id }
  @Sendable static func findOrder(_ id: Int) async throws -> Int? { nil }
  @Sendable static func answer(_ user: String) async throws -> String { user }
  @Sendable static func fetch(_ url: String) async throws -> String { url }
  @Sendable static func fetchUser(_ id: Int) async throws -> Int { id }
  @Sendable static func send(_ request: Int) async throws {}
  @Sendable static func build() async throws -> Int { 1 }
  @Sendable static func load(_ id: Int) async throws -> Int { id }

  // MARK: The article

  @Test func aPolicy() async throws {
    let fetchInvoice = Self.fetchInvoice
    try await Simulation().run {
      let breaker = CircuitBreaker(name: "billing", threshold: 5, openFor: .seconds(30))
      let places = Bulkhead(name: "billing", limit: 20, queue: 100)
      let billing = Policy {
        Timeout(.seconds(5))
        Retry(.exponential(attempts: 4))
        Breaker(breaker)
        Isolation(places)
        Timeout(.seconds(1))
      }
      let invoice = try await billing.run { try await fetchInvoice(42) }
      #expect(invoice == 42)
    }
  }

  @Test func aBudget() async throws {
    let findOrder = Self.findOrder
    let error = await #expect(throws: OrderNotFound.self) {
      let budget = RetryBudget(ratio: 0.1, reserve: 10)
      let policy = RetryPolicy.exponential(attempts: 5).drawing(from: budget).limited(to: .seconds(20))
      let order = try await retry(policy) {
        guard let order = try await findOrder(7) else { throw permanent(OrderNotFound(id: 7)) }
        return order
      }
      Issue.record("found \(order)")
    }
    #expect(error?.id == 7)
  }

  @Test func aWatchedBreaker() async throws {
    let search = CircuitBreaker(
      name: "search", trip: .timeWindow(.seconds(60), failureRate: 0.5, minimumCalls: 20),
      slowCalls: SlowCalls(over: .seconds(2), rate: 0.8), openFor: .seconds(15), halfOpenProbes: 3)
    let changes = search.changes()
    spawn { for try await change in changes { print(change) } }
    try search.validate()
    #expect(search.state == .closed)
  }

  @Test func aRateForEachUser() async throws {
    let answer = Self.answer
    let users = KeyedRateLimiter<String>(name: "api", rate: 10, per: .seconds(1), burst: 20)
    func handle(_ user: String) async throws -> String {
      guard users.tryAcquire(user) else { return "429 Too Many Requests" }
      return try await answer(user)
    }
    for _ in 0..<20 { #expect(try await handle("ana") == "ana") }
    #expect(users.stats.granted == 20)
  }

  @Test func wrongSettings() throws {
    let configuredRate = -1.0
    #expect(throws: InvalidSetting.self) {
      let limiter = RateLimiter(name: "export", rate: configuredRate, per: .seconds(1))
      try limiter.validate()
    }
  }

  // MARK: The types

  @Test func retrying() async throws {
    let (fetch, url) = (Self.fetch, "https://example.org")
    let policy = RetryPolicy.exponential(attempts: 5, initial: .milliseconds(100), max: .seconds(10))
      .limited(to: .seconds(30))
      .retrying { error in error is ServerBusy }
    try policy.validate()
    let body = try await retry(.exponential(attempts: 5)) { try await fetch(url) }
    #expect(body == url)
  }

  @Test func sharingABudget() throws {
    let budget = RetryBudget(ratio: 0.1, reserve: 10)  // one budget for each service that is called
    let policy = RetryPolicy.exponential(attempts: 4).drawing(from: budget)
    try policy.validate()
  }

  @Test func composing() async throws {
    let (fetchUser, id) = (Self.fetchUser, 3)
    let breaker = CircuitBreaker(name: "users")
    let careful = Policy {
      Timeout(.seconds(5))
      Retry(.exponential(attempts: 4))
      Breaker(breaker)
      Timeout(.seconds(1))
    }
    let user = try await careful.run { try await fetchUser(id) }
    #expect(user == 3)
  }

  @Test func hedging() async throws {
    let (fetch, url) = (Self.fetch, "page")
    let page = try await hedge(after: .milliseconds(50)) { try await fetch(url) }
    #expect(page == "page")
  }

  @Test func breaking() async throws {
    let query = { @Sendable () async throws -> [Int] in [1, 2] }
    let breaker = CircuitBreaker(name: "db", threshold: 5, openFor: .seconds(30), halfOpenProbes: 3)
    let rows = try await breaker.call { try await query() }
    #expect(rows.count == 2)
    let watching = spawn {
      for try await change in breaker.changes() { print(change) }
    }
    watching.cancel()
  }

  @Test func limiting() async throws {
    let (send, requests) = (Self.send, 0..<5)
    let limiter = RateLimiter(rate: 100, per: .seconds(1), burst: 10)
    for request in requests {
      try await limiter.acquire()
      try await send(request)
    }
    #expect(limiter.stats.granted == 5)
  }

  @Test func reserving() async throws {
    let limiter = RateLimiter(rate: 100, per: .seconds(1), burst: 20)
    let reservation = try limiter.reserve(20)
    if reservation.delay > .seconds(1) { reservation.cancel() } else { try await reservation.wait() }
    #expect(limiter.stats.granted == 20)
  }

  enum Answer { case ok, tooManyRequests }

  @Test func limitingUsers() {
    func answer(_ user: String) -> Answer {
      let users = KeyedRateLimiter<String>(rate: 10, per: .seconds(1), burst: 10)
      if !users.tryAcquire(user) { return .tooManyRequests }
      return .ok
    }
    #expect(answer("ana") == .ok)
  }

  @Test func isolating() async throws {
    let (build, load, fetch, id) = (Self.build, Self.load, Self.fetch, 4)
    let reports = Bulkhead(name: "reports", limit: 10, queue: 100)
    let report = try await reports.execute { try await build() }
    let services = BulkheadPartitions(["api": .init(limit: 10, queue: 50), "db": .init(limit: 20)])
    let user = try await services.execute("db") { try await load(id) }
    #expect(report == 1 && user == 4)
    try await byHost()
    func byHost() async throws {
      let (host, url) = ("example.org", "https://example.org")
      do {
        let hosts = KeyedBulkhead<String>(name: "hosts", limit: 4, queue: 20)
        let page = try await hosts.execute(host) { try await fetch(url) }
        #expect(page == url)
      }
      do {
        let hosts = KeyedCircuitBreaker<String>(name: "hosts", threshold: 5, openFor: .seconds(30))
        let page = try await hosts.call(host) { try await fetch(url) }
        #expect(page == url)
      }
    }
  }

  @Test func adapting() async throws {
    let find = { @Sendable (words: String) async throws -> Int in words.count }
    let words = "two words"
    let search = AdaptiveLimiter(name: "search")
    let hits = try await search.execute { try await find(words) }
    #expect(hits == 9)
  }

  @Test func askingForTheDeadline() async throws {
    let cached = 1
    func value() -> Int {
      if let left = Deadline.current?.remaining, left < .milliseconds(50) { return cached }
      return 2
    }
    #expect(value() == 2)
  }
}
