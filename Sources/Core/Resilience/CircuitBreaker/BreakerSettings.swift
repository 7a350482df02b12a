import RevoadaScheduling

/// When a ``CircuitBreaker`` opens.
public enum BreakerTrip: Sendable, Equatable {
  /// After so many failures in a row.
  case consecutive(Int)
  /// When the share of failures among the last `calls` reaches `failureRate`, once there were `minimumCalls`.
  case countWindow(calls: Int, failureRate: Double, minimumCalls: Int)
  /// When the share of failures in the last `duration` reaches `failureRate`, once it saw `minimumCalls`.
  ///
  /// The window moves by tenths of its length.
  case timeWindow(Duration, failureRate: Double, minimumCalls: Int)
}

/// Which calls of a ``CircuitBreaker`` are slow, and how many may be.
public struct SlowCalls: Sendable, Equatable {
  /// A call that takes longer is slow.
  public let threshold: Duration
  /// The share of slow calls in the breaker's window at which it opens. Without a window, and in half-open, each slow call counts
  /// as a failure.
  public let rate: Double

  /// Calls that take longer than `threshold` are slow.
  public init(over threshold: Duration, rate: Double = 1) {
    self.threshold = threshold
    self.rate = rate
  }
}

/// The settings of a breaker in the form in which it uses them.
struct BreakerSettings: Sendable {
  let trip: BreakerTrip
  /// In nanoseconds; nil if calls are not timed.
  let slowAfter: Int64?
  let slowRate: Double
  let openFor: Int64
  let probes: Int
  let halfOpenFor: Int64

  /// Whether the time must be known when a call succeeds.
  var timesSuccesses: Bool {
    if case .timeWindow = trip { return true }
    return slowAfter != nil
  }

  func check(_ name: String) -> InvalidSetting? {
    var check = SettingsCheck("circuit breaker", name)
    func rate(_ value: Double, _ setting: String) {
      check.require(value > 0 && value <= 1, setting, value, "a number above 0 and up to 1")
    }
    switch trip {
    case .consecutive(let threshold):
      check.require(threshold >= 1, "threshold", threshold, "at least 1")
    case .countWindow(let calls, let failureRate, let minimum):
      check.require(calls >= 1 && calls <= 1_000_000, "window", calls, "from 1 to 1000000 calls")
      rate(failureRate, "failure rate")
      check.require(
        minimum >= 1 && minimum <= calls, "minimum calls", minimum, "from 1 to the window's calls")
    case .timeWindow(let duration, let failureRate, let minimum):
      check.require(duration.nanoseconds >= 10, "window", duration, "more than zero")
      rate(failureRate, "failure rate")
      check.require(minimum >= 1, "minimum calls", minimum, "at least 1")
    }
    if let slowAfter {
      check.require(slowAfter > 0, "slow call threshold", Duration.nanoseconds(slowAfter), "more than zero")
      rate(slowRate, "slow call rate")
    }
    check.require(openFor > 0, "open time", Duration.nanoseconds(openFor), "more than zero")
    check.require(probes >= 1, "half-open probes", probes, "at least 1")
    check.require(halfOpenFor > 0, "half-open time", Duration.nanoseconds(halfOpenFor), "more than zero")
    return check.fault
  }
}
