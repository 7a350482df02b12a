/// Which of a workbook's styles show numbers as dates.
final class CellStyles: XMLListener {
  private var dateFormats: Set<Int> = []
  /// For each style whether it is a date's.
  private var isDate: [Bool] = []
  private var isInCellStyles = false

  /// Whether the numbers of cells with this style are days.
  func showsDate(_ style: Int) -> Bool { isDate.indices.contains(style) && isDate[style] }

  func start(_ name: String, _ attributes: XMLScanner.Attributes) {
    switch name {
    case "numFmt":
      guard let id = attributes["numFmtId"].flatMap({ Int($0) }), let code = attributes["formatCode"] else {
        return
      }
      if Self.isDate(format: code) { dateFormats.insert(id) }
    case "cellXfs": isInCellStyles = true
    case "xf" where isInCellStyles:
      let id = attributes["numFmtId"].flatMap { Int($0) } ?? 0
      isDate.append(Self.isDate(builtIn: id) || dateFormats.contains(id))
    default: break
    }
  }
  func end(_ name: String) { if name == "cellXfs" { isInCellStyles = false } }
  func text(_ bytes: UnsafeBufferPointer<UInt8>) {}

  /// The formats that have a number but no code, in all languages (ECMA-376, part 1, §18.8.30).
  private static func isDate(builtIn id: Int) -> Bool {
    switch id {
    case 14...22, 27...36, 45...47, 50...58: true
    default: false
    }
  }

  /// Whether a format has a letter for a part of a date, other than in texts, escapes and brackets (colours, languages, elapsed time).
  static func isDate(format: String) -> Bool {
    var closing: Character?
    var escapes = false
    for character in format {
      if escapes {
        escapes = false
      } else if let end = closing {
        if character == end { closing = nil }
      } else {
        switch character {
        case "\"": closing = "\""
        case "[": closing = "]"
        case "\\", "_", "*": escapes = true
        case ";": return false  // only what positive numbers look like
        case "y", "Y", "m", "M", "d", "D", "h", "H", "s", "S": return true
        default: break
        }
      }
    }
    return false
  }
}
