/// A request for more permits than the semaphore has in all: waiting would be in vain.
public struct SemaphoreTooSmall: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was asked for.
  public let requested: Int
  /// What there is in all.
  public let size: Int
  /// A sentence for people.
  public var description: String { "\(requested) permits were requested of a semaphore of size \(size)" }
}
