/// A value as databases know it: what is bound to a placeholder.
public enum SQLValue: Sendable, Equatable {
  /// No value.
  case null
  /// A whole number: counts, scaled exact decimals, microseconds since 1970 in UTC, and truth values as 0 and 1.
  case integer(Int64)
  /// A floating-point number; never for quantities or money.
  case real(Double)
  /// A text without U+0000, which PostgreSQL cannot hold and both backends refuse.
  case text(String)
  /// Bytes.
  case blob([UInt8])
}
