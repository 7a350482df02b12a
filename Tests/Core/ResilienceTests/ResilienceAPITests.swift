import Revoada
import Testing

/// Uses that must compile as they stand here.
@Suite(.timeLimit(.minutes(10)))
struct ResilienceAPITests {
  @Test func theContractCompilesAndRuns() async throws {
    let breaker = CircuitBreaker(name: "db", threshold: 5, openFor: .seconds(30), halfOpenProbes: 3)
    let limiter = RateLimiter(rate: 100, per: .seconds(1), burst: 10)
    let users = KeyedRateLimiter<String>(rate: 10, per: .seconds(1), burst: 10)
    let api = Bulkhead(name: "api", limit: 10, queue: 100)
    try await limiter.acquire()
    _ = limiter.tryAcquire()
    _ = users.tryAcquire("ana")
    let answer = try await retry(
      .exponential(attempts: 5, initial: .milliseconds(100), max: .seconds(10), jitter: .full)
    ) {
      try await breaker.call { try await api.execute { 42 } }
    }
    #expect(answer == 42)
    #expect(breaker.stats.successes == 1 && api.stats.completed == 1 && limiter.stats.granted == 2)
  }

  /// On the main actor the same calls must not need `Sendable` results.
  @MainActor @Test func callsStayOnTheCallersActor() async throws {
    final class NotSendable { var value = 0 }
    let object = NotSendable()
    let breaker = CircuitBreaker(name: "db")
    let bulkhead = Bulkhead(name: "api", limit: 1)
    try await retry(.exponential(attempts: 2)) {
      try await breaker.call {
        try await bulkhead.execute {
          MainActor.assertIsolated()
          object.value += 1
        }
      }
    }
    let same = try await breaker.call { object }
    #expect(same === object && object.value == 1)
  }
}
