import Revoada
import RowKit

/// worker pool with results: a source gives n jobs to a pool of eight workers with a queue of 100, the
/// caller receives the outcomes, each with its input, through a buffer of 100.
@Sendable func poolWithResults(_ n: Int) async throws {
  var options = PoolOptions()
  options.workers = 8
  options.queue = 100
  options.results = 100
  let pool = WorkerPool<Int, Int>(name: "double", options: options) { 2 * $0 }
  spawn {
    for i in 0..<n { try await pool.send(i) }
    await pool.close()
  }
  var sum = 0
  for try await outcome in pool.results { sum += try outcome.result.get() - outcome.input }
  try expect("sum of results", sum, n * (n - 1) / 2)
}

/// batch processor: four producers add n/4 items each to batches of 100, or of a second; the sink, which
/// gets one batch at a time, adds them up.
@Sendable func batchProcessor(_ n: Int) async throws {
  let parties = 4
  let sum = AtomicInteger(0)
  let batches = BatchProcessor<Int>(size: 100, every: .seconds(1)) { items in
    sum.add(items.reduce(0, +))
  }
  let producers = WaitGroup()
  producers.add(parties)
  for _ in 0..<parties {
    spawn {
      for i in 0..<n / parties { try await batches.add(i) }
      producers.done()
    }
  }
  try await producers.wait()
  try await batches.close()
  let each = n / parties
  try expect("sum of items", sum.load(), parties * (each * (each - 1) / 2))
}
