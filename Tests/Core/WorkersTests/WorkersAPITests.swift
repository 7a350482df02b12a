import CoreTestSupport
import Revoada
import Testing

/// The uses that programs outside of this repository are written with.
@Suite(.timeLimit(.minutes(10)))
struct WorkersAPITests {
  @Test func workReadsAsDocumented() async throws {
    try await simulated(seeds: 0..<1) {
      let pool = WorkerPool<Int, Int>(name: "double", workers: 4, queue: 100) { $0 * 2 }
      let doubled = try await pool.submit(21).value
      try await pool.wait()
      #expect(pool.stats.completed == 1)
      await pool.close()
      let outcomes = try await (1...12).concurrentMap(
        limit: 5, retry: .exponential(attempts: 4), deadline: .seconds(2)
      ) { month in month }
      for outcome in outcomes {
        #expect(try outcome.result.get() == outcome.input)
        #expect(outcome.attempts == 1 && outcome.duration >= .zero)
      }
      let batch = BatchProcessor<Int>(size: 100, every: .seconds(1)) { items in _ = items.count }
      try await batch.add(1)
      try await batch.flush()
      try await batch.close()
      #expect(doubled == 42 && outcomes.map(\.input) == Array(1...12) && batch.stats.delivered == 1)
    }
  }
}
