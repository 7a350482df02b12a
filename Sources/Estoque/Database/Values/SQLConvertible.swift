/// A type whose values are stored in one column.
///
/// Times are stored as `BIGINT` microseconds since 1970 in UTC, exact decimals as scaled `BIGINT` or as `TEXT`: the same in both databases, and
/// exact in both.
public protocol SQLConvertible: Sendable {
  /// The value to bind.
  var sqlValue: SQLValue { get }
  /// Reads a column of a row.
  /// - Throws: ``DatabaseError`` of kind `decoding` if the column is NULL or of another type.
  static func decode(_ row: borrowing Row, _ column: Int) throws(DatabaseError) -> Self
}

extension Int64: SQLConvertible {
  /// An integer.
  public var sqlValue: SQLValue { .integer(self) }
  /// Reads an integer.
  public static func decode(_ row: borrowing Row, _ column: Int) throws(DatabaseError) -> Int64 {
    try row.integer(column)
  }
}

extension Int: SQLConvertible {
  /// An integer.
  public var sqlValue: SQLValue { .integer(Int64(self)) }
  /// Reads an integer.
  public static func decode(_ row: borrowing Row, _ column: Int) throws(DatabaseError) -> Int {
    Int(try row.integer(column))
  }
}

extension Bool: SQLConvertible {
  /// 1 or 0, which columns of type `BOOLEAN` take in both databases.
  public var sqlValue: SQLValue { .integer(self ? 1 : 0) }
  /// Reads a truth value, or an integer that is not 0.
  public static func decode(_ row: borrowing Row, _ column: Int) throws(DatabaseError) -> Bool {
    try row.integer(column) != 0
  }
}

extension Double: SQLConvertible {
  /// A floating-point number.
  public var sqlValue: SQLValue { .real(self) }
  /// Reads a number.
  public static func decode(_ row: borrowing Row, _ column: Int) throws(DatabaseError) -> Double {
    try row.real(column)
  }
}

extension String: SQLConvertible {
  /// A text.
  public var sqlValue: SQLValue { .text(self) }
  /// Reads a text, or anything as its text.
  public static func decode(_ row: borrowing Row, _ column: Int) throws(DatabaseError) -> String {
    try row.text(column)
  }
}

extension [UInt8]: SQLConvertible {
  /// Bytes.
  public var sqlValue: SQLValue { .blob(self) }
  /// Reads bytes.
  public static func decode(_ row: borrowing Row, _ column: Int) throws(DatabaseError) -> [UInt8] {
    try row.blob(column)
  }
}

extension Optional: SQLConvertible where Wrapped: SQLConvertible {
  /// That of the value, or NULL.
  public var sqlValue: SQLValue { self?.sqlValue ?? .null }
  /// Reads a value that may be NULL.
  public static func decode(_ row: borrowing Row, _ column: Int) throws(DatabaseError) -> Wrapped? {
    if row.isNull(column) { return nil }
    return try Wrapped.decode(row, column)
  }
}

extension SQLConvertible where Self: RawRepresentable, RawValue: SQLConvertible {
  /// That of the raw value.
  public var sqlValue: SQLValue { rawValue.sqlValue }
  /// Reads a raw value; one that stands for nothing is an error.
  public static func decode(_ row: borrowing Row, _ column: Int) throws(DatabaseError) -> Self {
    guard let value = Self(rawValue: try RawValue.decode(row, column)) else {
      throw row.mismatch(column, expected: "\(Self.self)")
    }
    return value
  }
}
