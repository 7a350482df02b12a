/// How the work on one input ended.
public struct Outcome<Input, Output> {
  /// Unique in this process.
  public let id: UInt64
  /// What the work was given.
  public let input: Input
  /// What it returned, or its last error.
  public let result: Result<Output, any Error>
  /// How many times it was tried; 0 if it never was.
  public let attempts: Int
  /// The time from its first attempt to its end.
  public let duration: Duration

  /// Creates an outcome.
  @inlinable
  public init(id: UInt64, input: Input, result: Result<Output, any Error>, attempts: Int, duration: Duration)
  {
    self.id = id
    self.input = input
    self.result = result
    self.attempts = attempts
    self.duration = duration
  }

  /// The same, but failed.
  func failing(_ error: any Error) -> Outcome {
    Outcome(id: id, input: input, result: .failure(error), attempts: attempts, duration: duration)
  }

  /// The result if there is one.
  @inlinable public var value: Output? { try? result.get() }
  /// The error if the work failed.
  @inlinable public var error: (any Error)? {
    guard case .failure(let error) = result else { return nil }
    return error
  }
}

extension Outcome: Sendable where Input: Sendable, Output: Sendable {}
