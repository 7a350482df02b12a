/// Turns a sheet's XML into records.
final class SheetRows: XMLListener {
  /// The rows that are complete.
  var batch = RecordBatch()
  private(set) var fault: SpreadsheetReadFault?

  private let texts: SharedTexts
  private let styles: CellStyles
  private let usesEpoch1904: Bool
  private let limits: SpreadsheetLimits

  /// The present row.
  private var row = 0
  private var bytes: [UInt8] = []
  private var ends: [Int] = []
  /// The present cell.
  private var column = 0
  private var type = ""
  private var style = 0
  private var value: [UInt8] = []
  private var isInValue = false
  private var isPhonetic = false

  init(texts: SharedTexts, styles: CellStyles, usesEpoch1904: Bool, _ limits: SpreadsheetLimits) {
    (self.texts, self.styles, self.usesEpoch1904, self.limits) = (texts, styles, usesEpoch1904, limits)
  }

  func start(_ name: String, _ attributes: XMLScanner.Attributes) {
    switch name {
    case "row":
      row = attributes["r"].flatMap { Int($0) } ?? row + 1
      bytes.removeAll(keepingCapacity: true)
      ends.removeAll(keepingCapacity: true)
    case "c":
      column = attributes["r"].flatMap(Self.column) ?? ends.count
      type = attributes["t"] ?? "n"
      style = attributes["s"].flatMap { Int($0) } ?? 0
      value.removeAll(keepingCapacity: true)
    case "v": isInValue = true
    case "rPh": isPhonetic = true
    case "t": isInValue = !isPhonetic
    default: break
    }
  }

  func end(_ name: String) {
    switch name {
    case "v", "t": isInValue = false
    case "rPh": isPhonetic = false
    case "c": endCell()
    case "row" where fault == nil && !ends.isEmpty:
      let start = batch.bytes.count
      batch.bytes.append(contentsOf: bytes)
      for end in ends { batch.cellEnds.append(start + end) }
      batch.recordEnds.append(batch.cellEnds.count)
      batch.lines.append(row)
    default: break
    }
  }

  func text(_ text: UnsafeBufferPointer<UInt8>) {
    guard isInValue, fault == nil else { return }
    value.append(contentsOf: text)
    if value.count > limits.cell { fault = .longCell(row: row, limit: limits.cell) }
  }

  private func endCell() {
    guard fault == nil else { return }
    // A cell that comes twice, or late, would be guesswork: the first counts.
    if column < ends.count { return }
    if column >= limits.cells {
      fault = .manyCells(row: row, limit: limits.cells)
      return
    }
    while ends.count < column { ends.append(bytes.count) }
    switch type {
    case "s":
      let index = Int(String(decoding: value, as: UTF8.self))
      if let text = index.flatMap({ texts[$0] }) { bytes.append(contentsOf: text) }
    case "b": bytes.append(contentsOf: (value == [49] ? "true" : "false").utf8)
    case "e": break
    case "str", "inlineStr", "d": bytes.append(contentsOf: value)
    default:
      if value.isEmpty { break }
      let date =
        styles.showsDate(style) ? CellNumber.date(value, usesEpoch1904: usesEpoch1904) : nil
      bytes.append(contentsOf: date ?? CellNumber.text(value) ?? value)
    }
    ends.append(bytes.count)
  }

  /// `0` of `A7`, `27` of `AB7`.
  private static func column(_ reference: String) -> Int? {
    var column = 0
    for byte in reference.utf8 {
      guard 65...90 ~= byte else { break }
      column = column * 26 + Int(byte - 64)
      if column > 100_000 { return nil }
    }
    return column > 0 ? column - 1 : nil
  }
}
