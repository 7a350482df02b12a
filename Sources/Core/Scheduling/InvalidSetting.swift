/// A setting that an object or a policy cannot work with, or a number that a call cannot.
///
/// Most initialisers do not throw it, so that a limiter, a breaker or a channel can be a constant; the first use does, and so does
/// `validate()` where there is one.
public struct InvalidSetting: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was set up: `rate limiter`, `circuit breaker "db"`.
  public let subject: String
  /// The setting: `burst`.
  public let setting: String
  /// Its value, as text.
  public let value: String
  /// What it must be: `at least 1`.
  public let requirement: String
  /// A sentence for people.
  public var description: String { "\(subject): \(setting) must be \(requirement), but is \(value)" }

  /// Nil for a setting that is right.
  package static func unless(
    _ isRight: Bool, _ subject: String, _ setting: String, _ value: some CustomStringConvertible,
    _ requirement: @autoclosure () -> String
  ) -> InvalidSetting? {
    if isRight { return nil }
    return InvalidSetting(
      subject: subject, setting: setting, value: value.description, requirement: requirement())
  }
}

/// Looks at the settings of one object, and keeps the first that is wrong.
package struct SettingsCheck {
  let subject: String
  package private(set) var fault: InvalidSetting?

  package init(_ kind: String, _ name: String? = nil) {
    subject = name.map { "\(kind) \"\($0)\"" } ?? kind
  }

  package mutating func require(
    _ isRight: Bool, _ setting: String, _ value: some CustomStringConvertible, _ requirement: String
  ) {
    fault = fault ?? .unless(isRight, subject, setting, value, requirement)
  }

  /// Throws what was found.
  package func end() throws(InvalidSetting) { if let fault { throw fault } }
}
