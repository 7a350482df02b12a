import RevoadaCaching
import RevoadaResilience
import RevoadaScheduling

/// How a database is doing, for health endpoints.
public struct DatabaseHealth: Sendable {
  /// Whether it has just answered.
  public let isUp: Bool
  /// How long it took to get a connection and an answer.
  public let latency: Duration
  /// Why it did not answer; without secrets.
  public let problem: String?
  /// The connections for changes; in PostgreSQL all there are.
  public let writers: ObjectPoolStatistics
  /// The connections for reading; the same as ``writers`` if there is one pool.
  public let readers: ObjectPoolStatistics
  /// Whether calls are let through.
  public let breaker: CircuitBreaker.State
}

extension Database {
  /// Asks the database for an answer, at most for `limit`. Past the breaker, so that it tells how the database is rather than how it was.
  ///
  /// Throws nothing: what goes wrong is ``DatabaseHealth/problem``.
  public func health(limit: Duration = .seconds(2)) async -> DatabaseHealth {
    let start = Timers.current.now
    var problem: String?
    do {
      try await withTimeout(limit) { [pools] in
        let borrowed = try await BorrowedConnection(from: pools.readers, writing: false)
        defer { borrowed.end() }
        try await borrowed.run { _ = try Session(borrowed.connection, .none).value("SELECT 1", as: Int.self) }
      }
    } catch { problem = "\(error)" }
    return DatabaseHealth(
      isUp: problem == nil, latency: .nanoseconds(Timers.current.now - start), problem: problem,
      writers: pools.writers.stats, readers: pools.readers.stats, breaker: breaker.state)
  }
}
