/// A number of permits, parties or steps that a primitive cannot work with.
///
/// Initialisers do not throw it; the first use of the object does, and so does its `validate()`.
public struct InvalidCount: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of primitive: `semaphore`.
  public let subject: String
  /// What is counted: `permits to release`.
  public let quantity: String
  /// The number.
  public let value: Int
  /// What it must be: `zero or more`.
  public let requirement: String
  /// A sentence for people.
  public var description: String { "\(subject): \(quantity) must be \(requirement), but is \(value)" }

  /// Nil for a number that is right.
  static func unless(
    _ isRight: Bool, _ subject: String, _ quantity: String, _ value: Int, _ requirement: String
  ) -> InvalidCount? {
    isRight ? nil : InvalidCount(subject: subject, quantity: quantity, value: value, requirement: requirement)
  }
}
