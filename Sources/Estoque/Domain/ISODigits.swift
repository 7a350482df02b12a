/// Reads the fixed-width numbers of ISO 8601 from left to right.
struct ISODigits {
  private let text: String.UTF8View
  private let kind: IdentifierKind
  private var index: String.UTF8View.Index

  init(_ text: String.UTF8View, of kind: IdentifierKind) {
    (self.text, self.kind) = (text, kind)
    index = text.startIndex
  }

  /// The character that comes next.
  var next: UInt8? { index < text.endIndex ? text[index] : nil }

  private var position: Int { text.distance(from: text.startIndex, to: index) + 1 }

  mutating func number(_ digits: Int) throws(IdentifierError) -> Int {
    var value = 0
    for _ in 0..<digits {
      guard let next else { throw .wrongLength(kind, found: text.count) }
      guard next.isDigit else { throw .wrongCharacter(kind, position: position) }
      value = value * 10 + Int(next) - 48
      index = text.index(after: index)
    }
    return value
  }

  mutating func expect(_ character: Unicode.Scalar) throws(IdentifierError) {
    guard let next else { throw .wrongLength(kind, found: text.count) }
    guard next == UInt8(ascii: character) else { throw .wrongCharacter(kind, position: position) }
    index = text.index(after: index)
  }

  mutating func skipFraction() {
    repeat { index = text.index(after: index) } while next?.isDigit == true
  }

  func end() throws(IdentifierError) {
    guard index == text.endIndex else { throw .wrongCharacter(kind, position: position) }
  }
}
