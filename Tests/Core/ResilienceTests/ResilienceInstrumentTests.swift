import CoreMetrics
import CoreTestSupport
import MetricsTestKit
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ResilienceInstrumentTests {
  struct Down: Error {}

  @Test func aRateLimiterCountsWhatItLetsThroughAndHowLongThatTook() async throws {
    let metrics = TestMetrics()
    let limiter = withMetricsFactory(metrics) { RateLimiter(name: "api", rate: 10, burst: 2) }
    try await Simulation().run {
      #expect(limiter.tryAcquire(2) && !limiter.tryAcquire())
      try await limiter.acquire()
    }
    let name = [("name", "api")]
    #expect(metrics.counterTotal(label: "revoada_rate_limiter_granted", dimensions: name) == 3)
    #expect(metrics.counterTotal(label: "revoada_rate_limiter_refused", dimensions: name) == 1)
    let waits = try metrics.expectTimer("revoada_rate_limiter_wait_seconds", name).values
    #expect(waits.count == 1 && waits[0] >= 100_000_000 && waits[0] < 101_000_000)
  }

  @Test func aBreakerTellsItsStateAndItsCalls() async throws {
    let metrics = TestMetrics()
    let breaker = withMetricsFactory(metrics) {
      CircuitBreaker(name: "db", threshold: 1, openFor: .seconds(1))
    }
    try await Simulation().run {
      try await breaker.call {}
      _ = try? await breaker.call { throw Down() }
      _ = try? await breaker.call {}
      try await sleep(for: .seconds(2))
      try await breaker.call {}
    }
    func calls(_ outcome: String) -> Int64 {
      metrics.counterTotal(
        label: "revoada_circuit_breaker_calls", dimensions: [("name", "db"), ("outcome", outcome)])
    }
    #expect(calls("success") == 2 && calls("failure") == 1 && calls("refused") == 1)
    #expect(metrics.counterTotal(label: "revoada_circuit_breaker_opened") == 1)
    #expect(
      try metrics.expectMeter("revoada_circuit_breaker_state", [("name", "db")]).values == [0, 2, 1, 0])
  }

  @Test func aBulkheadTellsHowFullItIs() async throws {
    let metrics = TestMetrics()
    let bulkhead = withMetricsFactory(metrics) { Bulkhead(name: "api", limit: 1, queue: 1) }
    try await simulated(seeds: 0..<1) {
      let gate = Channel<Void>()
      let calls = try await BulkheadTests.inOrder(3) { _ in
        try await bulkhead.execute { _ = try await gate.receive() }
      }
      gate.close()
      for call in calls { _ = await call.result }
    }
    let name = [("name", "api")]
    #expect(metrics.counterTotal(label: "revoada_bulkhead_completed", dimensions: name) == 2)
    #expect(metrics.counterTotal(label: "revoada_bulkhead_refused", dimensions: name) == 1)
    #expect(try metrics.expectMeter("revoada_bulkhead_limit", name).values == [1])
    #expect(try metrics.expectMeter("revoada_bulkhead_running", name).values.last == 0)
    #expect(try metrics.expectMeter("revoada_bulkhead_waiting", name).values.max() == 1)
    #expect(try metrics.expectTimer("revoada_bulkhead_wait_seconds", name).values.count == 1)
  }

  @Test func anAdaptiveLimiterTellsItsLimit() async throws {
    let metrics = TestMetrics()
    let limiter = withMetricsFactory(metrics) {
      AdaptiveLimiter(name: "search", algorithm: .aimd(backoff: 0.5), initial: 8)
    }
    _ = try? await limiter.execute { throw TimedOut(limit: .seconds(1)) }
    let limits = try metrics.expectMeter("revoada_adaptive_limiter_limit", [("name", "search")]).values
    #expect(limits == [8, 4])
  }

  @Test func aNamedRetryCounts() async throws {
    let metrics = TestMetrics()
    let policy = withMetricsFactory(metrics) {
      RetryPolicy.constant(attempts: 3, delay: .zero).named("fetch")
    }
    _ = try? await retry(policy) { throw Down() }
    try await retry(policy) {}
    #expect(metrics.counterTotal(label: "revoada_retry_retries", dimensions: [("name", "fetch")]) == 2)
    #expect(metrics.counterTotal(label: "revoada_retry_gave_up", dimensions: [("name", "fetch")]) == 1)
  }
}
