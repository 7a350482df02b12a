/// The check digits of Brazilian and GS1 numbers.
enum CheckDigits {
  /// The digit by modulo 11 over `characters`, weighted 2, 3, … from the right, starting over after `last`.
  ///
  /// A character counts as its ASCII value less 48, which is how letters in CNPJs and access keys count
  /// from July 2026 on (Receita Federal, Instrução Normativa RFB 2.229/2024).
  static func modulo11(_ characters: some BidirectionalCollection<UInt8>, last: Int = 9) -> UInt8 {
    let sum = weighted(characters) { place in place % (last - 1) + 2 }
    let rest = sum % 11
    return UInt8(48 + (rest < 2 ? 0 : 11 - rest))
  }

  /// The digit by modulo 10 over `digits`, weighted 3, 1, 3, … from the right (GS1 General Specifications, 7.9).
  static func modulo10(_ digits: some BidirectionalCollection<UInt8>) -> UInt8 {
    let sum = weighted(digits) { place in place % 2 == 0 ? 3 : 1 }
    return UInt8(48 + (10 - sum % 10) % 10)
  }

  /// The sum of all characters with their weights, which depend on their places from the right.
  @inline(__always)
  private static func weighted(
    _ characters: some BidirectionalCollection<UInt8>, _ weight: (_ place: Int) -> Int
  ) -> Int {
    func sum(_ characters: UnsafeBufferPointer<UInt8>) -> Int {
      var sum = 0
      for place in characters.indices {
        sum += (Int(characters[characters.count - 1 - place]) - 48) * weight(place)
      }
      return sum
    }
    // Most texts are there in one piece; going through their views costs more than all the arithmetic.
    return characters.withContiguousStorageIfAvailable(sum) ?? Array(characters).withUnsafeBufferPointer(sum)
  }
}

extension UInt8 {
  /// Whether this is one of the ASCII digits.
  var isDigit: Bool { self &- 48 <= 9 }

  /// Whether this is an ASCII digit or capital letter.
  var isDigitOrCapital: Bool { isDigit || self &- 65 <= 25 }
}

extension IdentifierError {
  /// Compares the digits at the end of `text` with those that follow from the rest.
  static func check(
    _ kind: IdentifierKind, _ text: String, _ expected: [UInt8]
  ) throws(IdentifierError) {
    let found = text.utf8.suffix(expected.count)
    guard !found.elementsEqual(expected) else { return }
    throw .wrongCheckDigit(
      kind, expected: String(decoding: expected, as: UTF8.self), found: String(decoding: found, as: UTF8.self)
    )
  }

  /// Finds the first character that does not belong into `text`.
  static func check(
    _ kind: IdentifierKind, _ text: String, where belongs: (_ index: Int, _ character: UInt8) -> Bool
  ) throws(IdentifierError) {
    var text = text
    let wrong = text.withUTF8 { bytes in bytes.indices.first { !belongs($0, bytes[$0]) } }
    if let wrong { throw .wrongCharacter(kind, position: wrong + 1) }
  }
}
