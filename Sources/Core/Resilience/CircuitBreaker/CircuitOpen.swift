/// A call that a ``CircuitBreaker`` did not let through. Nothing was called.
public struct CircuitOpen: RetryAfterError, Sendable, Equatable, CustomStringConvertible {
  /// The breaker's name.
  public let name: String
  /// `open`, or `halfOpen` while all its probes are out.
  public let state: CircuitBreaker.State
  /// The time until the breaker lets a probe through; nil in half-open, where that depends on the probes.
  public let remaining: Duration?
  /// When another attempt is worth while: ``remaining``.
  public var retryAfter: Duration? { remaining }
  /// A sentence for people.
  public var description: String {
    switch remaining {
    case let remaining?: "circuit breaker \"\(name)\" is open for another \(remaining)"
    case nil: "circuit breaker \"\(name)\" is \(state), and its probes are under way"
    }
  }
}
