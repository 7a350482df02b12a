import CoreMetrics
import CoreTestSupport
import MetricsTestKit
import Revoada
import Testing

/// What pools, maps and batches report to metrics.
@Suite(.timeLimit(.minutes(10)))
struct InstrumentsTests {
  struct Broken: Error {}

  private func measured(_ body: @escaping @Sendable () async throws -> Void) async throws -> TestMetrics {
    let metrics = TestMetrics()
    try await withMetricsFactory(metrics) { try await Simulation(seed: 1).run(body) }
    return metrics
  }

  @Test func aPoolCountsItsTasksAndTimesThem() async throws {
    let metrics = try await measured {
      let pool = WorkerPool<Int, Int>(name: "jobs", workers: 1, queue: nil) { number in
        try await sleep(for: .milliseconds(10))
        if number == 2 { throw Broken() }
        return number
      }
      let tasks = try (0..<5).map { try pool.trySubmit($0) }
      tasks[4].cancel()
      await pool.close()
    }
    let name = [("name", "jobs")]
    #expect(try metrics.expectCounter("revoada_worker_pool_completed", name).totalValue == 3)
    #expect(try metrics.expectCounter("revoada_worker_pool_failed", name).totalValue == 1)
    #expect(try metrics.expectCounter("revoada_worker_pool_dropped", name).totalValue == 1)
    #expect(try metrics.expectMeter("revoada_worker_pool_queued", name).values.max() ?? 0 >= 3)
    #expect(try metrics.expectMeter("revoada_worker_pool_active", name).lastValue == 0)
    let waits = try metrics.expectTimer("revoada_worker_pool_wait_seconds", name).values
    #expect(waits.count == 4 && waits.max()! >= 30_000_000)
    #expect(
      try metrics.expectTimer("revoada_worker_pool_run_seconds", name).values.allSatisfy { $0 >= 10_000_000 })
  }

  @Test func aMapCountsAttempts() async throws {
    let metrics = try await measured {
      _ = try await [1, 2].concurrentMap(
        retry: .constant(attempts: 3, delay: .milliseconds(1)), name: "sales"
      ) {
        if $0 == 2 { throw Broken() }
      }
    }
    let name = [("name", "sales")]
    #expect(try metrics.expectCounter("revoada_concurrent_map_completed", name).totalValue == 1)
    #expect(try metrics.expectCounter("revoada_concurrent_map_failed", name).totalValue == 1)
    #expect(try metrics.expectCounter("revoada_concurrent_map_attempts", name).totalValue == 4)
  }

  @Test func aBatchProcessorCountsItems() async throws {
    let metrics = try await measured {
      let batch = BatchProcessor<Int>(size: 2, name: "rows") { items in
        if items.contains(3) { throw BatchItemErrors(failures: [(0, Broken())]) }
      }
      for number in 1...4 { try await batch.add(number) }
      try await batch.close()
    }
    let name = [("name", "rows")]
    #expect(try metrics.expectCounter("revoada_batch_processor_delivered", name).totalValue == 3)
    #expect(try metrics.expectCounter("revoada_batch_processor_failed", name).totalValue == 1)
  }
}
