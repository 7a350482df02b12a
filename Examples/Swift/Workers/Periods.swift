import Revoada

/// Seed 000 in one call: the sales of a year, month by month, from a service that is slow and sometimes fails.
@main struct Periods {
  struct Unavailable: Error {}

  /// A stand-in for the service: February needs three attempts, September never answers rightly.
  static func fetchSales(_ month: Period, attempts: AtomicInteger) async throws -> Int {
    try await sleep(for: .milliseconds(20))
    if month.first == "2025-09-01" { throw Unavailable() }
    if month.first == "2025-02-01", attempts.add(1) < 3 { throw Unavailable() }
    return month.days * 100
  }

  static func main() async throws {
    Scheduler.installGlobally()
    let breaker = CircuitBreaker(name: "sales", threshold: 10, openFor: .seconds(30), halfOpenProbes: 1)
    let known = CoalescingCache<Period, Int>(ttl: .seconds(60), maxEntries: 1000) { $0.days }
    let attempts = AtomicInteger()

    let months = Period("2025-01-01", through: "2025-12-31").split(by: .month)
    for round in ["fetched", "from the cache"] {
      let outcomes = try await months.concurrentMap(
        limit: 5, retry: .exponential(attempts: 4, initial: .milliseconds(10)), timeout: .seconds(1),
        deadline: .seconds(2), breaker: breaker, cache: known, name: "sales"
      ) { month in try await fetchSales(month, attempts: attempts) }

      print("\(round):")
      for outcome in outcomes {
        let result = outcome.value.map { "\($0)" } ?? "failed: \(outcome.error!)"
        print(
          "  #\(outcome.id) \(outcome.input) \(result), attempts: \(outcome.attempts), \(outcome.duration)")
      }
    }

    // Jobs in, results out; the workers report every hundred items, and in the end.
    var options = PoolOptions.cpuBound
    options.onProgress = { print("worker \($0.worker): \($0.count) items") }
    options.progressEvery = 100
    let pool = WorkerPool<Int, Int>(name: "import", options: options) { $0 * 2 }
    spawn {
      for number in 0..<400 { try await pool.send(number) }
      await pool.close()
    }
    var sum = 0
    for try await outcome in pool.results { sum += try outcome.result.get() }
    print("sum \(sum), successes: \(pool.stats.completed), failures: \(pool.stats.failed)")

    let rows = BatchProcessor<Int>(size: 100, every: .milliseconds(50)) { print("batch of \($0.count)") }
    for number in 0..<250 { try await rows.add(number) }
    try await rows.close()
  }
}
