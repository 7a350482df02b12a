import EstoqueDomain
import EstoqueTables

/// The cells of one record by their meaning, as values.
struct LineCells {
  private let record: Record
  private let reading: LineReading

  init(_ record: Record, _ reading: LineReading) { (self.record, self.reading) = (record, reading) }

  /// Whether the table has such a column.
  func has(_ column: Column) -> Bool { reading.positions[column.ordinal] >= 0 }

  /// A text; nil if the cell is empty or there is none.
  func text(_ column: Column, limit: Int) throws(LineFault) -> String? {
    let position = reading.positions[column.ordinal]
    if position < 0 { return nil }
    let text = record.text(position)
    if text.isEmpty { return nil }
    // No character is shorter than a byte.
    if text.utf8.count > limit, text.count > limit { throw .long(column, limit: limit) }
    return text
  }

  /// A text that must be there.
  func required(_ column: Column, limit: Int) throws(LineFault) -> String {
    guard let text = try text(column, limit: limit) else { throw .missing(column) }
    return text
  }

  /// A decimal; nil if the cell is empty.
  func decimal<Value: ExactDecimal>(_ column: Column, as type: Value.Type) throws(LineFault) -> Value? {
    let position = reading.positions[column.ordinal]
    if position < 0 { return nil }
    let bytes = record.bytes(position)
    if bytes.isEmpty { return nil }
    if reading.decimals == .point, let value: Value = Self.plain(bytes) { return value }
    let text = record.text(position)
    if text.isEmpty { return nil }
    do {
      return reading.decimals == .point ? try Self.pointed(text) : try Value(brazilian: text)
    } catch { throw .number(column, text, error.explanation) }
  }

  /// What most numbers look like, without a `String`; nil for all others.
  private static func plain<Value: ExactDecimal>(_ bytes: ArraySlice<UInt8>) -> Value? {
    let isNegative = bytes.first == UInt8(ascii: "-")
    let digits = isNegative ? bytes.dropFirst() : bytes
    guard digits.count <= 15, let value = try? Value(document: digits.span) else { return nil }
    return isNegative ? try? value.negated : value
  }

  /// `-1234.50`, `1,234.5` and `1.5000000`: zeros at the end say nothing.
  private static func pointed<Value: ExactDecimal>(_ text: String) throws(DecimalError) -> Value {
    var body = Substring(text)
    let isNegative = body.hasPrefix("-")
    if isNegative || body.hasPrefix("+") { body = body.dropFirst() }
    if body.contains(".") {
      while body.hasSuffix("0") { body = body.dropLast() }
      if body.hasSuffix(".") { body = body.dropLast() }
    }
    if body.contains(",") {
      let groups = body.prefix { $0 != "." }.split(separator: ",", omittingEmptySubsequences: false)
      guard (1...3).contains(groups[0].count), groups.dropFirst().allSatisfy({ $0.count == 3 }) else {
        throw .malformed
      }
      body = Substring(groups.joined() + body.drop { $0 != "." })
    }
    let value = try Value(document: body.hasPrefix(".") ? "0" + String(body) : String(body))
    return isNegative ? try value.negated : value
  }

  /// A moment in microseconds since 1970 in UTC; nil if the cell is empty.
  func moment(_ column: Column) throws(LineFault) -> Int64? {
    let position = reading.positions[column.ordinal]
    if position < 0 { return nil }
    let bytes = record.bytes(position)
    if bytes.isEmpty { return nil }
    if let moment = LineMoment.parse(bytes) { return moment }
    let text = record.text(position)
    if text.isEmpty { return nil }
    guard let moment = LineMoment.parse(Array(text.utf8)[...]) else { throw .date(column, text) }
    return moment
  }

  /// A day as `2026-07-31`; nil if the cell is empty.
  func day(_ column: Column) throws(LineFault) -> String? {
    guard let text = try text(column, limit: 60) else { return nil }
    guard let day = LineMoment.day(Array(text.utf8)[...]) else { throw .date(column, text) }
    return day.description
  }

  /// Yes or no; nil if the cell is empty.
  func flag(_ column: Column) throws(LineFault) -> Bool? {
    guard let text = try text(column, limit: 200) else { return nil }
    switch text.lowercased() {
    case "sim", "s", "1", "true", "verdadeiro", "v", "ativo", "a", "yes", "y", "x": return true
    case "não", "nao", "n", "0", "false", "falso", "f", "inativo", "i", "no": return false
    default: throw .flag(column, text)
    }
  }
}

/// How the records of a file are read.
struct LineReading: Sendable {
  /// The position of each column, by its ordinal; below zero for those that are not there.
  let positions: [Int]
  let decimals: DecimalMark

  init(_ mapping: ColumnMapping, _ decimals: DecimalMark) {
    positions = Column.allCases.map { mapping[$0] ?? -1 }
    self.decimals = decimals
  }
}

extension Column {
  /// Its place among all: quicker than any dictionary, for each cell of each line.
  var ordinal: Int {
    switch self {
    case .code: 0
    case .name: 1
    case .unit: 2
    case .gtin: 3
    case .ncm: 4
    case .category: 5
    case .minimumStock: 6
    case .isActive: 7
    case .quantity: 8
    case .unitCost: 9
    case .reference: 10
    case .date: 11
    case .dealer: 12
    case .location: 13
    case .lot: 14
    case .expiry: 15
    }
  }
}
