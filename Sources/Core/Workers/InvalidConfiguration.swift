/// A size, rate, count or duration that makes no sense for what was configured with it.
///
/// Initialisers do not throw: an object that was given such a value refuses its work with this error instead. To know at once, ask
/// the options: ``PoolOptions/validate(_:)``, ``BatchOptions/validate(_:)``.
public struct InvalidConfiguration: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was configured: `worker pool "import"`.
  public let subject: String
  /// The name of the parameter.
  public let parameter: String
  /// The value that it was given.
  public let value: String
  /// What the value must be.
  public let requirement: String
  /// A sentence for people.
  public var description: String { "\(subject): \(parameter) must be \(requirement), but is \(value)" }

  /// Throws unless the value is at least the minimum; nil passes.
  static func check<Value: Comparable>(
    _ value: Value?, atLeast minimum: Value, _ parameter: String, of subject: String
  ) throws(InvalidConfiguration) {
    guard let value, !(value >= minimum) else { return }
    throw InvalidConfiguration(
      subject: subject, parameter: parameter, value: "\(value)", requirement: "at least \(minimum)")
  }

  /// Throws unless the value is at most the maximum.
  static func check<Value: Comparable>(
    _ value: Value, atMost maximum: Value, _ parameter: String, of subject: String
  ) throws(InvalidConfiguration) {
    if value <= maximum { return }
    throw InvalidConfiguration(
      subject: subject, parameter: parameter, value: "\(value)", requirement: "at most \(maximum)")
  }

  /// Throws unless the duration is longer than zero; nil passes.
  static func check(
    positive value: Duration?, _ parameter: String, of subject: String
  ) throws(InvalidConfiguration) {
    guard let value, value <= .zero else { return }
    throw InvalidConfiguration(
      subject: subject, parameter: parameter, value: "\(value)", requirement: "longer than zero")
  }
}
