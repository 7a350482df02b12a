import CPostgreSQL
import CSQLite

/// PostgreSQL's numbers of types, of `pg_type.h`.
private let (boolean, bytes) = (Oid(16), Oid(17))

/// The four kinds of values that both databases have. For ``SQLConvertible`` of one's own types.
extension Row {
  /// A whole number; in PostgreSQL also a truth value, as 1 or 0, and a numeric without a fraction that fits (as sums are).
  public func integer(_ column: Int) throws(DatabaseError) -> Int64 {
    switch source {
    case .sqlite(let statement):
      let index = Int32(clamping: column)
      if sqlite3_column_type(statement, index) == SQLITE_INTEGER {
        return sqlite3_column_int64(statement, index)
      }
    case .postgres(let result, _):
      if let text = postgresText(column) {
        if PQftype(result, Int32(column)) == boolean { return text.first == UInt8(ascii: "t") ? 1 : 0 }
        if let value = parseInteger(text) { return value }
      }
    }
    throw mismatch(column, expected: "an integer")
  }

  /// A number.
  public func real(_ column: Int) throws(DatabaseError) -> Double {
    switch source {
    case .sqlite(let statement):
      let (index, type) = (Int32(clamping: column), sqlite3_column_type(statement, Int32(clamping: column)))
      if type == SQLITE_FLOAT || type == SQLITE_INTEGER { return sqlite3_column_double(statement, index) }
    case .postgres:
      if let text = postgresText(column), let value = Double(String(decoding: text, as: UTF8.self)) {
        return value
      }
    }
    throw mismatch(column, expected: "a number")
  }

  /// A text, or any other value as text.
  public func text(_ column: Int) throws(DatabaseError) -> String {
    guard let text = withText(column, { String(decoding: $0, as: UTF8.self) }) else {
      throw mismatch(column, expected: "a text")
    }
    return text
  }

  /// Calls `body` with the UTF-8 of a text, without making a `String`; nil, and no call, if there is no value.
  public func withText<R>(_ column: Int, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R? {
    switch source {
    case .sqlite(let statement):
      let index = Int32(clamping: column)
      guard let start = sqlite3_column_text(statement, index) else { return nil }
      // Asked for after the text: the number of bytes is that of the form asked for last.
      return body(UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, index))))
    case .postgres: return postgresText(column).map(body)
    }
  }

  /// Bytes.
  public func blob(_ column: Int) throws(DatabaseError) -> [UInt8] {
    switch source {
    case .sqlite(let statement):
      let index = Int32(clamping: column)
      let type = sqlite3_column_type(statement, index)
      if type == SQLITE_BLOB || type == SQLITE_TEXT {
        // Null for no bytes.
        let start = sqlite3_column_blob(statement, index)
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, index))))
      }
    case .postgres(let result, _):
      if let text = postgresText(column) {
        if PQftype(result, Int32(column)) != bytes { return Array(text) }
        if let decoded = decodeHex(text) { return decoded }
      }
    }
    throw mismatch(column, expected: "bytes")
  }

  /// PostgreSQL's text of a value that is not NULL. Valid as long as the row.
  private func postgresText(_ column: Int) -> UnsafeBufferPointer<UInt8>? {
    guard case .postgres(let result, let row) = source, !isNull(column) else { return nil }
    let index = Int32(column)
    let count = Int(PQgetlength(result, row, index))
    return PQgetvalue(result, row, index).map {
      // Read as unsigned bytes, which have the same layout.
      UnsafeBufferPointer(start: UnsafeRawPointer($0).assumingMemoryBound(to: UInt8.self), count: count)
    }
  }
}

/// A decimal number of 64 bits; nil for anything else. Without a `String`, since whole tables are read through it.
private func parseInteger(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
  let isNegative = text.first == UInt8(ascii: "-")
  let digits = text.dropFirst(isNegative ? 1 : 0)
  if digits.isEmpty { return nil }
  var value: Int64 = 0  // below zero, where there is room for one number more
  for byte in digits {
    guard 48...57 ~= byte else { return nil }
    let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
    let (sum, overflowed) = scaled.subtractingReportingOverflow(Int64(byte - 48))
    if overflow || overflowed { return nil }
    value = sum
  }
  return isNegative ? value : value == .min ? nil : -value
}

/// PostgreSQL's form of bytes: `\x` and hexadecimal digits.
private func decodeHex(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
  guard text.starts(with: Array("\\x".utf8)), text.count % 2 == 0 else { return nil }
  func digit(_ byte: UInt8) -> UInt8 { byte < 58 ? byte - 48 : byte - 87 }  // the server writes lower case
  return (1..<text.count / 2).map { digit(text[2 * $0]) << 4 | digit(text[2 * $0 + 1]) }
}
