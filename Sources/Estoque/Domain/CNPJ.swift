/// The number of a Brazilian company or one of its branches, with letters or without.
public struct CNPJ: Hashable, Sendable, CustomStringConvertible {
  /// Fourteen characters: twelve digits or capital letters, two digits.
  public let text: String

  /// Checks the fourteen characters as documents hold them.
  ///
  /// - Throws: ``IdentifierError``.
  public init(_ text: String) throws(IdentifierError) {
    guard text.utf8.count == 14 else { throw .wrongLength(.cnpj, found: text.utf8.count) }
    try IdentifierError.check(.cnpj, text) { $0 < 12 ? $1.isDigitOrCapital : $1.isDigit }
    guard text.utf8.contains(where: { $0 != 48 }) else { throw .impossible(.cnpj) }
    let first = CheckDigits.modulo11(text.utf8.prefix(12))
    let second = CheckDigits.modulo11(Array(text.utf8.prefix(12)) + [first])
    try IdentifierError.check(.cnpj, text, [first, second])
    self.text = text
  }

  /// Reads what people type, with or without `12.ABC.345/01DE-35`'s punctuation, in capitals or not.
  ///
  /// - Throws: ``IdentifierError``.
  public init(typed text: String) throws(IdentifierError) {
    try self.init(text.withoutPunctuation("./-"))
  }

  /// Completes twelve characters with their check digits.
  ///
  /// - Throws: ``IdentifierError``.
  public init(base: String) throws(IdentifierError) {
    guard base.utf8.count == 12 else { throw .wrongLength(.cnpj, found: base.utf8.count + 2) }
    let first = CheckDigits.modulo11(base.utf8)
    let second = CheckDigits.modulo11(Array(base.utf8) + [first])
    try self.init(base + String(decoding: [first, second], as: UTF8.self))
  }

  /// The number with its punctuation.
  public var formatted: String { text.punctuated([2: ".", 5: ".", 8: "/", 12: "-"]) }

  /// The fourteen characters.
  public var description: String { text }
}

extension String {
  /// In capitals, without blanks and `punctuation`.
  func withoutPunctuation(_ punctuation: String) -> String {
    uppercased().filter { !$0.isWhitespace && !punctuation.contains($0) }
  }

  /// With a character in front of some positions.
  func punctuated(_ marks: [Int: Character]) -> String {
    enumerated().reduce(into: "") { result, next in
      if let mark = marks[next.offset] { result.append(mark) }
      result.append(next.element)
    }
  }
}
