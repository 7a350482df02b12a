/// The class of goods in the Mercosur's nomenclature: 8 digits, or 2 (`00` for a service).
public struct NCM: Hashable, Sendable, CustomStringConvertible {
  /// The digits.
  public let text: String

  /// Checks the digits.
  ///
  /// - Throws: ``IdentifierError``.
  public init(_ text: String) throws(IdentifierError) {
    guard text.utf8.count == 8 || text.utf8.count == 2 else {
      throw .wrongLength(.ncm, found: text.utf8.count)
    }
    try IdentifierError.check(.ncm, text) { $1.isDigit }
    self.text = text
  }

  /// The code with its points: `8471.30.12`.
  public var formatted: String { text.punctuated([4: ".", 6: "."]) }

  /// The digits.
  public var description: String { text }
}
