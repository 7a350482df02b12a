/// An error that happened elsewhere, of which only the text is left: in another process, or in a task whose cancellation is not ours.
public struct RemoteError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What it said.
  public let message: String
  /// Creates the error.
  public init(_ message: String) { self.message = message }
  /// What it said.
  public var description: String { message }
}
