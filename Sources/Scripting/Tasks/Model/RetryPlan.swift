/// How often a failed task is tried again, and how long it waits before each try.
public struct RetryPlan: Sendable, Hashable {
  /// How the wait grows from try to try.
  public enum Strategy: String, Sendable, Hashable, CaseIterable {
    /// Always the first delay.
    case constant
    /// The first delay times the number of the retry.
    case linear
    /// The first delay, doubled for every further retry.
    case exponential
  }

  /// Tries after the first one.
  public var retries: Int
  /// How the wait grows.
  public var strategy: Strategy
  /// Whether the task chose the strategy itself; otherwise its workflow may.
  public var namesStrategy: Bool
  /// The wait before the first retry.
  public var delay: Duration
  /// The longest wait.
  public var maximumDelay: Duration

  /// No retries.
  public static let none = RetryPlan(retries: 0)

  /// A plan; the defaults are those of the library's own retry.
  public init(
    retries: Int, strategy: Strategy? = nil, delay: Duration = .milliseconds(100),
    maximumDelay: Duration = .seconds(10)
  ) {
    self.retries = retries
    self.strategy = strategy ?? .exponential
    namesStrategy = strategy != nil
    self.delay = delay
    self.maximumDelay = maximumDelay
  }

  /// The wait before retry `number` (counted from 1); `nil` when no such retry is left.
  public func wait(beforeRetry number: Int) -> Duration? {
    guard number >= 1, number <= retries else { return nil }
    switch strategy {
    case .constant: return min(delay, maximumDelay)
    case .linear: return min(delay * number, maximumDelay)
    case .exponential:
      // Beyond 2³⁰ every sensible first delay has met the maximum long ago; the cap avoids an overflow.
      return min(delay * (1 << min(number - 1, 30)), maximumDelay)
    }
  }
}
