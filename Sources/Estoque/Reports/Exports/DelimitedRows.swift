import EstoqueDatabase
import EstoqueDomain
import EstoqueStock
import EstoqueTables

/// Writes rows of a table as delimited text.
struct DelimitedRows: Sendable {
  private let columns: [ExportTable.Column]
  private let style: ExportStyle
  private let clock: LocalClock
  private let separator: UInt8

  init(_ table: ExportTable, _ style: ExportStyle, _ days: LocalDays) {
    (columns, self.style) = (table.columns, style)
    clock = LocalClock(days)
    separator = UInt8(ascii: style == .brazilian ? "," : ".")
  }

  /// A writer without a row, for the middle of a file.
  func writer(mark: Bool = false) -> DelimitedWriter {
    DelimitedWriter(style == .brazilian ? .semicolon : .comma, mark: mark)
  }

  /// The beginning of the file: its titles, and a byte order mark where spreadsheets are to read it.
  var head: [UInt8] {
    var writer = writer(mark: style == .brazilian)
    writer.append(record: columns.map { style == .brazilian ? $0.title : $0.key })
    return writer.take()
  }

  func append(_ row: borrowing Row, to writer: inout DelimitedWriter) throws {
    var digits = DigitBuffer()
    for (index, column) in columns.enumerated() {
      if row.isNull(index) {
        writer.append("")
        continue
      }
      switch column.content {
      case .text: row.withText(index) { writer.append(utf8: $0) }
      case .integer:
        digits.write(try row.integer(index), decimals: 0, shown: 0, separator)
        digits.withBytes { writer.append(utf8: $0) }
      case .quantity:
        digits.write(
          try row.integer(index), decimals: Quantity.fractionDigits, shown: Quantity.shownFractionDigits,
          separator)
        digits.withBytes { writer.append(utf8: $0) }
      case .money:
        digits.write(
          try row.integer(index), decimals: Money.fractionDigits, shown: Money.shownFractionDigits, separator)
        digits.withBytes { writer.append(utf8: $0) }
      case .unitValue:
        let text = (try row[index] as UnitValue).plain
        writer.append(style == .brazilian ? text.replacing(".", with: ",") : text)
      case .moment: writer.append(clock.text(try row.integer(index), style))
      case .kind:
        let kind: MovementKind = try row[index]
        writer.append(style == .brazilian ? kind.brazilian : kind.rawValue)
      case .flag:
        let isSet = try row.integer(index) != 0
        writer.append(style == .brazilian ? (isSet ? "sim" : "não") : (isSet ? "true" : "false"))
      }
    }
    writer.endRecord()
  }
}

/// Decimals as text, without a `String` for each.
private struct DigitBuffer {
  private var bytes: InlineArray<32, UInt8> = .init(repeating: 0)
  private var start = 32

  /// Writes from the right to the left.
  mutating func write(_ scaled: Int64, decimals: Int, shown: Int, _ separator: UInt8) {
    start = 32
    var (rest, left) = (scaled.magnitude, decimals)
    // Zeros at the end that nobody needs to see.
    while left > shown, rest % 10 == 0 {
      rest /= 10
      left -= 1
    }
    let hasFraction = left > 0
    while left > 0 {
      put(UInt8(rest % 10) + 48)
      rest /= 10
      left -= 1
    }
    if hasFraction { put(separator) }
    repeat {
      put(UInt8(rest % 10) + 48)
      rest /= 10
    } while rest > 0
    if scaled < 0 { put(UInt8(ascii: "-")) }
  }

  private mutating func put(_ byte: UInt8) {
    start -= 1
    bytes[start] = byte
  }

  func withBytes(_ body: (UnsafeBufferPointer<UInt8>) -> Void) {
    bytes.span.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[start...])) }
  }
}
