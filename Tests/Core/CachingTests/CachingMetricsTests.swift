import CoreMetrics
import CoreTestSupport
import MetricsTestKit
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct CachingMetricsTests {
  @Test func aCacheCountsForItsOperator() async throws {
    let metrics = TestMetrics()
    try await withMetricsFactory(metrics) {
      var configuration = CacheConfiguration<Int, Int>(name: "prices", maxEntries: 2)
      configuration.negative = nil
      let cache = try CoalescingCache(configuration) { key in
        if key == 0 { throw LoadFailure() }
        return key
      }
      _ = try? await cache.get(0)
      for key in [1, 1, 2, 3] { _ = try await cache.get(key) }
      cache.invalidate(3)
    }
    let name = [("name", "prices")]
    #expect(try metrics.expectCounter("revoada_cache_hits", name).totalValue == 1)
    #expect(try metrics.expectCounter("revoada_cache_misses", name).totalValue == 4)
    #expect(try metrics.expectCounter("revoada_cache_loads", name).totalValue == 4)
    #expect(try metrics.expectCounter("revoada_cache_load_failures", name).totalValue == 1)
    #expect(try metrics.expectTimer("revoada_cache_load_seconds", name).values.count == 4)
    for reason in ["evicted", "invalidated"] {
      let counter = try metrics.expectCounter("revoada_cache_removals", name + [("reason", reason)])
      #expect(counter.totalValue == 1)
    }
    #expect(try metrics.expectMeter("revoada_cache_entries", name).lastValue == 1)
  }

  @Test func aPoolCountsForItsOperator() async throws {
    let metrics = TestMetrics()
    try await withMetricsFactory(metrics) {
      let pool = try ObjectPool(ObjectPoolConfiguration(name: "db", max: 1), create: { 1 })
      let handle = try await pool.acquire()
      _ = try? await pool.acquire(timeout: .zero)
      try handle.release()
      try await pool.close()
    }
    let name = [("name", "db")]
    #expect(try metrics.expectCounter("revoada_object_pool_created", name).totalValue == 1)
    #expect(try metrics.expectCounter("revoada_object_pool_destroyed", name).totalValue == 1)
    #expect(try metrics.expectCounter("revoada_object_pool_timeouts", name).totalValue == 1)
    #expect(try metrics.expectMeter("revoada_object_pool_in_use", name).lastValue == 0)
    #expect(try metrics.expectTimer("revoada_object_pool_wait_seconds", name).values.count == 1)
  }
}
