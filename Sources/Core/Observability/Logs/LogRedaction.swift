import Logging

/// Keys of metadata whose values are not written.
///
/// A key is compared without regard to upper and lower case, to `-` and `_`, and to what stands before its last dot: `http.X-Api-Key` is
/// redacted by `x_api_key`. Dictionaries are searched at any depth. Messages are not: keep secrets out of them.
public struct LogRedaction: Sendable, Equatable, ExpressibleByArrayLiteral {
  private let keys: Set<String>

  /// What is written instead of a value.
  public static let replacement = "[redacted]"

  /// Names that secrets go by: passwords, tokens, keys, cookies, authorization.
  public static let common: LogRedaction = [
    "password", "passwd", "secret", "client_secret", "token", "access_token", "refresh_token", "id_token",
    "api_key",
    "apikey", "x_api_key", "private_key", "authorization", "proxy_authorization", "cookie", "set_cookie",
  ]
  /// Writes everything.
  public static let none: LogRedaction = []

  /// Redacts the values of some keys.
  public init(_ keys: some Sequence<String>) { self.keys = Set(keys.map(Self.canonical)) }
  /// Redacts the values of some keys.
  public init(arrayLiteral keys: String...) { self.init(keys) }

  /// These keys and more.
  public func adding(_ more: some Sequence<String>) -> LogRedaction {
    LogRedaction(Array(keys) + Array(more))
  }

  func applied(to metadata: Logger.Metadata) -> Logger.Metadata {
    if keys.isEmpty || metadata.isEmpty { return metadata }
    var redacted = metadata
    for (key, value) in metadata {
      let name = key.split(separator: ".").last.map(String.init) ?? key
      if keys.contains(Self.canonical(key)) || keys.contains(Self.canonical(name)) {
        redacted[key] = .string(Self.replacement)
      } else {
        redacted[key] = applied(to: value)
      }
    }
    return redacted
  }

  private func applied(to value: Logger.MetadataValue) -> Logger.MetadataValue {
    switch value {
    case .dictionary(let fields): .dictionary(applied(to: fields))
    case .array(let values): .array(values.map(applied))
    default: value
    }
  }

  private static func canonical(_ key: String) -> String { key.lowercased().replacing("-", with: "_") }
}
