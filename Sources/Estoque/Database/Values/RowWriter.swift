import CSQLite

/// Takes the values of one row after the other for an `insertMany`.
///
/// Goes straight to where the database wants it: into a prepared statement of SQLite, or into the text of PostgreSQL's `COPY` or arrays.
public struct RowWriter: ~Copyable {
  enum Sink {
    case statement(OpaquePointer)
    case copy
    case arrays(columns: Int)
  }
  let sink: Sink
  /// The text of a `COPY`, until it is sent.
  var bytes: [UInt8] = []
  /// The texts of arrays, one for each column, without their braces.
  var arrays: [[UInt8]] = []
  /// How many values the present row has so far.
  var columns = 0
  /// The first thing that was wrong.
  var fault: DatabaseError?

  init(_ sink: Sink) {
    self.sink = sink
    if case .arrays(let columns) = sink { arrays = Array(repeating: [], count: columns) }
  }

  /// Adds the value of the next column.
  public mutating func write(_ value: some SQLConvertible) { write(value: value.sqlValue) }
  /// Adds a whole number.
  public mutating func write(_ value: Int64) { write(value: .integer(value)) }
  /// Adds a text.
  public mutating func write(_ value: String) { write(value: .text(value)) }

  /// Adds the value of the next column.
  public mutating func write(value: SQLValue) {
    defer { columns += 1 }
    switch sink {
    case .statement(let statement):
      do throws(DatabaseError) { try bind(value, to: statement, at: columns + 1) } catch {
        fault = fault ?? error
      }
    case .copy: copy(value)
    case .arrays(let count):
      if columns < count, !arrays[columns].append(element: value) {
        fault = fault ?? .nul(inParameter: columns + 1)
      }
    }
  }

  /// Ends a row that must have had `expected` values.
  mutating func endRow(expected: Int) throws(DatabaseError) {
    if let fault { throw fault }
    if columns != expected {
      throw DatabaseError(.parameters, "insertMany: a row has \(columns) values for \(expected) columns")
    }
    if case .copy = sink { bytes.append(UInt8(ascii: "\n")) }
    columns = 0
  }

  // MARK: COPY's text format

  private mutating func copy(_ value: SQLValue) {
    if columns > 0 { bytes.append(UInt8(ascii: "\t")) }
    switch value {
    case .null: bytes.append(contentsOf: "\\N".utf8)
    case .integer(let value): bytes.append(contentsOf: String(value).utf8)
    case .real(let value): bytes.append(contentsOf: value.description.utf8)
    case .text(var text):
      if !text.withUTF8({ copy($0) }) { fault = fault ?? .nul(inParameter: columns + 1) }
    case .blob(let blob):
      bytes.append(contentsOf: "\\\\x".utf8)
      for byte in blob { bytes.append(contentsOf: [hexDigit(byte >> 4), hexDigit(byte & 15)]) }
    }
  }

  /// Escapes what has a meaning in the format; false if the text cannot be stored.
  private mutating func copy(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var start = 0
    for (index, byte) in text.enumerated() {
      let escape: UInt8
      switch byte {
      case 0: return false
      case UInt8(ascii: "\t"): escape = UInt8(ascii: "t")
      case UInt8(ascii: "\n"): escape = UInt8(ascii: "n")
      case UInt8(ascii: "\r"): escape = UInt8(ascii: "r")
      case UInt8(ascii: "\\"): escape = byte
      default: continue
      }
      bytes.append(contentsOf: text[start..<index])
      bytes.append(UInt8(ascii: "\\"))
      bytes.append(escape)
      start = index + 1
    }
    bytes.append(contentsOf: text[start...])
    return true
  }
}

/// The digit of half a byte.
func hexDigit(_ half: UInt8) -> UInt8 { half < 10 ? 48 + half : 87 + half }
