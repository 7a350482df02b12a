/// The text of a statement, or a part of one, for both databases.
///
/// ```swift
/// let rename: SQL = "UPDATE product SET name = ?1 WHERE id = ?2"
/// let claim: SQL = "SELECT id FROM intake WHERE state = ?1 ORDER BY id LIMIT 1 \(.skipLocked)"
/// ```
///
/// Parameters are written `?1`, `?2`, … and bound; PostgreSQL sees them as `$1`, `$2`. A value cannot be put into the text: what may be interpolated is
/// other SQL, quoted identifiers and lists of placeholders. Where the databases differ, the difference is a named part (as ``skipLocked``), so
/// that statements are written once.
///
/// Making one from a literal copies nothing. A connection keeps prepared statements by their text.
public struct SQL: Sendable, Hashable, CustomStringConvertible {
  let sqlite: String
  /// Before its placeholders are rewritten: that is done once for each prepared statement.
  let postgres: String

  /// A part that the databases write differently. Only texts of the program, hence the static strings.
  public init(sqlite: StaticString, postgres: StaticString) {
    self.init("\(sqlite)", "\(postgres)")
  }

  /// A text that was not written in the program, as a file of migrations. The caller answers for where it came from.
  public init(verbatim text: String) { self.init(text, text) }

  private init(_ sqlite: String, _ postgres: String) {
    self.sqlite = sqlite
    self.postgres = postgres
  }

  /// The text that a database sees, but for the form of its placeholders.
  public func text(for dialect: SQLDialect) -> String { dialect == .sqlite ? sqlite : postgres }

  /// The text, as SQLite sees it.
  public var description: String { sqlite }
}

extension SQL: ExpressibleByStringInterpolation {
  /// A statement without any interpolation.
  public init(stringLiteral value: String) { self.init(value, value) }
  /// A statement put together from parts.
  public init(stringInterpolation parts: Interpolation) { self.init(parts.sqlite, parts.postgres) }

  /// What may stand in an interpolation; values may not, they are bound.
  public struct Interpolation: StringInterpolationProtocol {
    fileprivate var sqlite = ""
    fileprivate var postgres = ""

    /// An empty text.
    public init(literalCapacity: Int, interpolationCount: Int) {
      sqlite.reserveCapacity(literalCapacity + 16 * interpolationCount)
      postgres.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    /// A piece of the program's text.
    public mutating func appendLiteral(_ literal: String) {
      sqlite += literal
      postgres += literal
    }

    /// Other SQL: `\(.skipLocked)`, or a condition that was put together before.
    public mutating func appendInterpolation(_ part: SQL) {
      sqlite += part.sqlite
      postgres += part.postgres
    }

    /// The name of a table or a column, quoted.
    public mutating func appendInterpolation(identifier: String) {
      appendLiteral(quoted(identifier))
    }

    /// `?1, ?2, ?3` for `1...3`: the parameters of an `IN (…)`.
    public mutating func appendInterpolation(placeholders: ClosedRange<Int>) {
      appendLiteral(placeholders.map { "?\($0)" }.joined(separator: ", "))
    }
  }
}

/// An identifier in quotation marks; those inside are doubled.
func quoted(_ identifier: String) -> String {
  if !identifier.utf8.contains(UInt8(ascii: "\"")) { return "\"\(identifier)\"" }
  return "\"" + identifier.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
    + "\""
}
