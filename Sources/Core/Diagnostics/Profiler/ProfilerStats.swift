/// What a ``Profiler`` has counted: `totalCreated == active + completed + failed + cancelled`.
public struct ProfilerStats: Sendable, Equatable {
  /// Goroutines that have not ended, those included that have not begun.
  public let active: Int
  /// Goroutines that were spawned.
  public let totalCreated: Int
  /// Goroutines that returned.
  public let completed: Int
  /// Goroutines that threw an error.
  public let failed: Int
  /// Goroutines that threw `CancellationError`.
  public let cancelled: Int
  /// The average time from spawn to end, of those that have ended.
  public let avgLifetime: Duration
  /// The time within which 95 % of them ended, to 6 %.
  public let p95Lifetime: Duration
}
