/// The number of a natural person in Brazil.
public struct CPF: Hashable, Sendable, CustomStringConvertible {
  /// Eleven digits.
  public let text: String

  /// Checks the eleven digits as documents hold them.
  ///
  /// - Throws: ``IdentifierError``.
  public init(_ text: String) throws(IdentifierError) {
    guard text.utf8.count == 11 else { throw .wrongLength(.cpf, found: text.utf8.count) }
    try IdentifierError.check(.cpf, text) { $1.isDigit }
    guard Set(text.utf8).count > 1 else { throw .impossible(.cpf) }
    let first = CheckDigits.modulo11(text.utf8.prefix(9), last: 11)
    let second = CheckDigits.modulo11(Array(text.utf8.prefix(9)) + [first], last: 11)
    try IdentifierError.check(.cpf, text, [first, second])
    self.text = text
  }

  /// Reads what people type, with or without `529.982.247-25`'s punctuation.
  ///
  /// - Throws: ``IdentifierError``.
  public init(typed text: String) throws(IdentifierError) {
    try self.init(text.withoutPunctuation(".-"))
  }

  /// The number with its punctuation.
  public var formatted: String { text.punctuated([3: ".", 6: ".", 9: "-"]) }

  /// The eleven digits.
  public var description: String { text }
}
