/// The texts of a workbook, which cells refer to by number; flat, since there may be a million.
final class SharedTexts: XMLListener {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []
  private let limit: Int
  private var isInText = false
  /// Inside of a reading aid for Japanese, which is no part of the text.
  private var isPhonetic = false

  init(limit: Int) { self.limit = limit }

  var isTooLong: Bool { bytes.count > limit || ends.count > limit / 8 }

  /// A text by its number; nil if there is none.
  subscript(index: Int) -> ArraySlice<UInt8>? {
    guard ends.indices.contains(index) else { return nil }
    return bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
  }

  func start(_ name: String, _ attributes: XMLScanner.Attributes) {
    if name == "rPh" { isPhonetic = true }
    if name == "t" { isInText = !isPhonetic }
  }
  func end(_ name: String) {
    switch name {
    case "t": isInText = false
    case "rPh": isPhonetic = false
    case "si": ends.append(bytes.count)
    default: break
    }
  }
  func text(_ text: UnsafeBufferPointer<UInt8>) { if isInText, !isTooLong { bytes.append(contentsOf: text) } }
}
