/// Which answers of a loader mean "there is none", and for how long to remember them.
///
/// Without it a missing key is loaded at each call, and an error is never cached. A remembered error is thrown again by each
/// `get` until it expires; a refresh that gets a negative answer replaces the old value by it.
public struct NegativeCaching<Value: Sendable>: Sendable {
  /// How long such an answer is kept.
  public var ttl: Duration
  /// Whether a value is a negative answer.
  public var matchesValue: @Sendable (Value) -> Bool
  /// Whether an error is a negative answer.
  public var matchesError: @Sendable (any Error) -> Bool

  /// Chooses values and errors; none by default.
  public init(
    ttl: Duration, values matchesValue: @escaping @Sendable (Value) -> Bool = { _ in false },
    errors matchesError: @escaping @Sendable (any Error) -> Bool = { _ in false }
  ) {
    self.ttl = ttl
    self.matchesValue = matchesValue
    self.matchesError = matchesError
  }

  /// Nil answers of a loader of optional values.
  public static func nilAnswers<Wrapped>(for ttl: Duration) -> Self where Value == Wrapped? {
    Self(ttl: ttl, values: { $0 == nil })
  }

  /// Errors that meet a condition; `CancellationError` never does.
  public static func errors(
    for ttl: Duration, where matches: @escaping @Sendable (any Error) -> Bool = { _ in true }
  ) -> Self {
    Self(ttl: ttl, errors: matches)
  }

  func matches(_ result: Result<Value, any Error>) -> Bool {
    switch result {
    case .success(let value): matchesValue(value)
    case .failure(let error): !(error is CancellationError) && matchesError(error)
    }
  }
}
