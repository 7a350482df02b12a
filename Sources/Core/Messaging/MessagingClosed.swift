/// A message or request for something that is closed. It went nowhere.
public struct MessagingClosed: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is closed: `pub/sub "events"`.
  public let subject: String
  /// Creates the error.
  public init(subject: String) { self.subject = subject }
  /// A sentence for people.
  public var description: String { "\(subject) is closed" }
}
