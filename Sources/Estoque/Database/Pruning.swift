import RevoadaScheduling

/// Removes what has been kept for long enough: once a day, some rows at a time, so that nobody waits for it.
///
/// Whoever works in the background asks it between two pieces of work; of many that ask at once, one has its turn.
public final class Pruning: Sendable {
  private static let (day, hour): (Int64, Int64) = (86_400_000_000, 3_600_000_000)

  private let keep: Int64?
  private let clock: @Sendable () -> Int64
  /// When it is time again, in microseconds since 1970.
  private let next = Guarded(Int64.min)

  /// - Parameters:
  ///   - keep: for how long everything is kept; nil for ever.
  ///   - clock: the present time, in microseconds since 1970 in UTC.
  public init(keep: Duration?, clock: @escaping @Sendable () -> Int64) {
    self.keep = keep.map(\.microseconds)
    self.clock = clock
  }

  /// Removes some rows, if it is time to.
  ///
  /// - Parameters:
  ///   - database: where they are.
  ///   - limit: how many rows at once.
  ///   - body: removes at most so many rows that are older than a moment, and returns how many it has removed; fewer end this day's work.
  /// - Returns: how many rows are gone.
  /// - Throws: what the database and `body` throw; then it is tried again in an hour.
  @discardableResult
  public func step(
    in database: Database, limit: Int, _ body: @escaping @Sendable (Session, Int64, Int) throws -> Int
  ) async throws -> Int {
    guard let keep else { return 0 }
    let now = clock()
    let isDue = next.withLock { next in
      if now < next { return false }
      next = now + Self.hour  // nobody else meanwhile, nor at once after a failure
      return true
    }
    if !isDue { return 0 }
    let removed = try await database.transaction { try body($0, now - keep, limit) }
    next.withLock { $0 = removed < limit ? now + Self.day : now }
    return removed
  }
}
