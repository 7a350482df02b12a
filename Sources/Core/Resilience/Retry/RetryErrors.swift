/// An error that another attempt would not mend.
///
/// Thrown inside `retry(_:_:)`, it ends the attempts; `retry` then throws the error inside.
public struct PermanentError: Error, CustomStringConvertible {
  /// What went wrong.
  public let underlying: any Error
  /// Wraps an error.
  public init(_ underlying: any Error) { self.underlying = underlying }
  /// That of the error inside.
  public var description: String { "\(underlying)" }
}

/// Marks an error that another attempt would not mend: `throw permanent(InvalidOrder())`.
public func permanent(_ error: any Error) -> PermanentError {
  error as? PermanentError ?? PermanentError(error)
}

/// An error that knows when another attempt is worth while, as HTTP's `Retry-After` does.
///
/// `retry(_:_:)` pauses at least so long, even if that is longer than its policy's longest pause; the
/// policy's time limit and the deadline in force still hold.
public protocol RetryAfterError: Error {
  /// The time until another attempt is worth while; nil if the error does not know.
  var retryAfter: Duration? { get }
}

/// The time left does not cover even a first attempt: see ``RetryPolicy/attemptTime``. Nothing was started.
public struct NoTimeForAttempt: Error, Sendable, Equatable, CustomStringConvertible {
  /// What an attempt needs.
  public let needed: Duration
  /// What there was.
  public let remaining: Duration
  /// A sentence for people.
  public var description: String { "an attempt needs \(needed), but the deadline leaves \(remaining)" }
}
