/// The number under a barcode: 8, 12, 13 or 14 digits.
public struct GTIN: Hashable, Sendable, CustomStringConvertible {
  /// What documents write for goods that have none.
  public static let none = "SEM GTIN"

  /// The digits.
  public let text: String

  /// Checks the digits.
  ///
  /// - Throws: ``IdentifierError``.
  public init(_ text: String) throws(IdentifierError) {
    let length = text.utf8.count
    guard length == 8 || (12...14).contains(length) else { throw .wrongLength(.gtin, found: length) }
    try IdentifierError.check(.gtin, text) { $1.isDigit }
    guard text.utf8.contains(where: { $0 != 48 }) else { throw .impossible(.gtin) }
    try IdentifierError.check(.gtin, text, [CheckDigits.modulo10(text.utf8.dropLast())])
    self.text = text
  }

  /// Completes 7, 11, 12 or 13 digits with their check digit.
  ///
  /// - Throws: ``IdentifierError``.
  public init(base: String) throws(IdentifierError) {
    try self.init(base + String(decoding: [CheckDigits.modulo10(base.utf8)], as: UTF8.self))
  }

  /// What a document declares: `nil` for `SEM GTIN` and for an empty element.
  ///
  /// - Throws: ``IdentifierError``.
  public static func declared(_ text: String) throws(IdentifierError) -> GTIN? {
    text.isEmpty || text == none ? nil : try GTIN(text)
  }

  /// Fourteen digits: the same goods have the same, however many were printed.
  public var key: String { String(repeating: "0", count: 14 - text.utf8.count) + text }

  /// The digits.
  public var description: String { text }
}
