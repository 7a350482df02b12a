/// A setting of the service: what files, the environment and flags call it, and how its text is read.
struct Setting<Value: Sendable>: Sendable {
  /// Its name in files, with dots: `server.port`.
  let key: String
  /// What holds where nobody says otherwise, as text.
  let fallback: SettingText
  /// What it is for.
  let help: String
  /// Whether its value may not be shown.
  let isSecret: Bool
  let parse: @Sendable (SettingText) throws(SettingError.Reason) -> Value

  init(
    _ key: String, _ fallback: SettingText, _ help: String, isSecret: Bool = false,
    parse: @escaping @Sendable (SettingText) throws(SettingError.Reason) -> Value
  ) {
    (self.key, self.fallback, self.help, self.isSecret, self.parse) = (key, fallback, help, isSecret, parse)
  }
}

/// A setting whatever its type.
protocol AnySetting: Sendable {
  var key: String { get }
  var fallback: SettingText { get }
  var help: String { get }
  var isSecret: Bool { get }
  func check(_ text: SettingText) throws(SettingError.Reason)
}

extension Setting: AnySetting {
  func check(_ text: SettingText) throws(SettingError.Reason) { _ = try parse(text) }
}

/// What somebody wrote for a setting.
enum SettingText: Sendable, Equatable, ExpressibleByStringLiteral, ExpressibleByArrayLiteral {
  case one(String)
  case list([String])

  init(stringLiteral value: String) { self = .one(value) }
  init(arrayLiteral elements: String...) { self = .list(elements) }

  /// The parts of a list, whether it was written as one or with commas, as in the environment.
  var parts: [String] {
    switch self {
    case .list(let parts): parts
    case .one(let text):
      text.split(separator: ",").map { String($0.trimmingPrefix { $0 == " " }) }.filter { !$0.isEmpty }
    }
  }

  /// As it is shown.
  var description: String {
    switch self {
    case .one(let text): text
    case .list(let parts): parts.joined(separator: ",")
    }
  }
}

/// Why the settings cannot be used.
struct SettingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds of reasons.
  enum Reason: Error, Sendable, Equatable {
    /// No setting has this name.
    case unknown(suggestion: String?)
    /// The value is none of those that are possible.
    case value(expected: String)
    /// The file cannot be read.
    case unreadable(String)
  }

  /// The setting, or the file.
  let name: String
  /// Where it stands.
  let source: String
  /// What is wrong.
  let reason: Reason

  /// A sentence that names the setting, the place and the remedy.
  var description: String {
    switch reason {
    case .unknown(let suggestion):
      "\(source): no setting is called '\(name)'"
        + (suggestion.map { "; did you mean '\($0)'?" } ?? "; `estoque config` lists them all")
    case .value(let expected): "\(source): '\(name)' must be \(expected)"
    case .unreadable(let why): "\(source): the settings cannot be read: \(why)"
    }
  }
}
