import CRevoada
import RevoadaInstruments
import RevoadaScheduling

/// How often, and after which pauses, `retry(_:_:)` tries again what has failed.
///
/// ```swift
/// let policy = RetryPolicy.exponential(attempts: 5, initial: .milliseconds(100), max: .seconds(10))
///   .limited(to: .seconds(30))
///   .retrying { error in error is ServerBusy }
/// ```
///
/// A value: each modifier returns a changed copy. Bad settings (no attempt, a negative pause, a multiplier that is not a
/// number) are reported by ``validate()`` and by `retry`, before the first attempt.
public struct RetryPolicy: Sendable {
  /// How the pause grows from one attempt to the next.
  enum Growth: Sendable, Equatable {
    case constant
    case linear
    case exponential(multiplier: Double)
  }

  /// How chance spreads the pauses of callers that failed together. (Brooker, "Exponential Backoff and Jitter", AWS
  /// Architecture Blog, 2015.)
  public enum Jitter: Sendable, Equatable {
    /// The pause as computed.
    case none
    /// Anything from nothing to the pause: spreads best.
    case full
    /// Half the pause, and anything up to the other half.
    case equal
    /// Anything from the initial pause to three times the last one.
    case decorrelated
  }

  /// How many attempts there are at most, the first included.
  public var attempts: Int
  let growth: Growth
  let initial: Duration
  let longest: Duration
  /// How the pauses are spread.
  public var jitter: Jitter
  /// No attempt starts later than this after the start of the first; nil for no limit.
  public var maxElapsed: Duration?
  /// The time that an attempt needs at least: none starts if the `Deadline` in force leaves less.
  public var attemptTime = Duration.zero
  /// Which errors are worth another attempt. Never asked about ``PermanentError``.
  public var retryIf: @Sendable (any Error) -> Bool = { !($0 is CancellationError) }
  /// What many operations together may spend on retries; nil for no limit.
  public var budget: RetryBudget?
  /// Whether a retry inside another one counts against the outer one's attempts, see `retry(_:_:)`.
  public var sharesAttempts = true
  /// Where chance comes from: 64 random bits. Repeatable in a simulation.
  public var random: @Sendable () -> UInt64 = { crv_random() }
  var instruments: RetryInstruments?

  private init(_ attempts: Int, _ growth: Growth, _ initial: Duration, _ longest: Duration, _ jitter: Jitter)
  {
    self.attempts = attempts
    self.growth = growth
    self.initial = initial
    self.longest = longest
    self.jitter = jitter
  }

  /// One attempt and no more.
  public static let none = RetryPolicy(1, .constant, .zero, .zero, .none)

  /// The same pause before each further attempt.
  public static func constant(attempts: Int, delay: Duration, jitter: Jitter = .none) -> RetryPolicy {
    RetryPolicy(attempts, .constant, delay, delay, jitter)
  }

  /// Pauses of once, twice, three times `initial`, at most `max`.
  public static func linear(
    attempts: Int, initial: Duration = .milliseconds(100), max: Duration = .seconds(10),
    jitter: Jitter = .none
  ) -> RetryPolicy {
    RetryPolicy(attempts, .linear, initial, max, jitter)
  }

  /// Pauses that grow by a factor, at most `max`, and spread by chance.
  public static func exponential(
    attempts: Int, initial: Duration = .milliseconds(100), max: Duration = .seconds(10),
    multiplier: Double = 2,
    jitter: Jitter = .full
  ) -> RetryPolicy {
    RetryPolicy(attempts, .exponential(multiplier: multiplier), initial, max, jitter)
  }
}

extension RetryPolicy {
  private func with(_ change: (inout RetryPolicy) -> Void) -> RetryPolicy {
    var copy = self
    change(&copy)
    return copy
  }

  /// Starts no attempt later than `elapsed` after the start of the first.
  public func limited(to elapsed: Duration) -> RetryPolicy { with { $0.maxElapsed = elapsed } }

  /// Tries again only after errors for which `isTransient` is true.
  public func retrying(if isTransient: @escaping @Sendable (any Error) -> Bool) -> RetryPolicy {
    with { $0.retryIf = isTransient }
  }

  /// Takes every retry from a budget that other operations draw on too.
  public func drawing(from budget: RetryBudget) -> RetryPolicy { with { $0.budget = budget } }

  /// Reports under a name: `revoada_retry_retries`, `revoada_retry_gave_up`, and a log line for each.
  ///
  /// Make the policy once and keep it, since this sets up the instruments.
  public func named(_ name: String) -> RetryPolicy { with { $0.instruments = RetryInstruments(name: name) } }

  /// Finds a setting that the policy cannot work with.
  public func validate() throws(InvalidSetting) {
    if !isUsable { try explain() }
    try budget?.validate()
  }

  /// Asked at each use, and therefore without any text.
  private var isUsable: Bool {
    if case .exponential(let multiplier) = growth, !(multiplier >= 1 && multiplier.isFinite) { return false }
    return attempts >= 1 && initial >= .zero && longest >= .zero && maxElapsed ?? .zero >= .zero
      && attemptTime >= .zero
  }

  private func explain() throws(InvalidSetting) {
    var check = SettingsCheck("retry policy", instruments?.name)
    check.require(attempts >= 1, "attempts", attempts, "at least 1")
    check.require(initial >= .zero, "initial delay", initial, "zero or more")
    check.require(longest >= .zero, "max delay", longest, "zero or more")
    if case .exponential(let multiplier) = growth {
      check.require(
        multiplier.isFinite && multiplier >= 1, "multiplier", multiplier, "a number of at least 1")
    }
    if let maxElapsed { check.require(maxElapsed >= .zero, "max elapsed", maxElapsed, "zero or more") }
    check.require(attemptTime >= .zero, "attempt time", attemptTime, "zero or more")
    try check.end()
  }

  /// The pause after a failed attempt, in nanoseconds.
  ///
  /// - Parameters:
  ///   - failures: how many attempts have failed, at least 1.
  ///   - last: the last pause; before the first, anything.
  func pause(afterFailure failures: Int, last: Int64) -> Int64 {
    let (initial, longest) = (initial.nanoseconds, longest.nanoseconds)
    if jitter == .decorrelated {
      let (tripled, overflow) = (failures == 1 ? initial : last).multipliedReportingOverflow(by: 3)
      return min(longest, uniform(initial...Swift.max(initial, overflow ? .max : tripled)))
    }
    let factor: Double =
      switch growth {
      case .constant: 1
      case .linear: Double(failures)
      case .exponential(let multiplier): power(multiplier, failures - 1)
      }
    let computed = Double(initial) * factor
    let pause = computed < Double(longest) ? Int64(computed) : longest
    return switch jitter {
    case .none, .decorrelated: pause
    case .full: uniform(0...pause)
    case .equal: pause / 2 + uniform(0...(pause - pause / 2))
    }
  }

  /// The pause before a retry, for those who keep no state between attempts but their number: queues.
  /// - Parameter failures: how many attempts have failed, at least 1.
  package func pause(afterFailure failures: Int) -> Duration {
    if jitter != .decorrelated { return .nanoseconds(pause(afterFailure: failures, last: 0)) }
    // Each pause depends on the last one; after some dozens of them the first ones no longer matter.
    let pauses = Swift.min(failures, 64)
    return .nanoseconds((1...pauses).reduce(0) { last, failure in pause(afterFailure: failure, last: last) })
  }

  private func uniform(_ range: ClosedRange<Int64>) -> Int64 {
    let width = UInt64(range.upperBound - range.lowerBound) + 1
    return range.lowerBound + Int64(random().multipliedFullWidth(by: width).high)
  }
}

/// By squaring, since the standard library has no power; infinite when it overflows, which the longest pause then cuts.
private func power(_ base: Double, _ exponent: Int) -> Double {
  var (result, square, rest) = (1.0, base, exponent)
  while rest > 0 {
    if rest & 1 == 1 { result *= square }
    square *= square
    rest >>= 1
  }
  return result
}
