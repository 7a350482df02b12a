/// The kinds of identifiers that have rules.
public enum IdentifierKind: Hashable, Sendable {
  /// A company's number.
  case cnpj
  /// A person's number.
  case cpf
  /// The 44 characters that name a document.
  case accessKey
  /// The number under a barcode.
  case gtin
  /// The class of goods.
  case ncm
  /// The code of an operation.
  case cfop
  /// A day of the calendar.
  case date
  /// A moment with its offset.
  case moment
}

/// Why a text is not the identifier that it should be.
public enum IdentifierError: Error, Hashable, Sendable {
  /// The text has another number of characters than the identifier.
  case wrongLength(IdentifierKind, found: Int)

  /// A character that cannot stand where it does, counted from 1.
  case wrongCharacter(IdentifierKind, position: Int)

  /// The check digits do not follow from the rest.
  case wrongCheckDigit(IdentifierKind, expected: String, found: String)

  /// Well formed, but nothing that can exist: one digit repeated, a 31st of February.
  case impossible(IdentifierKind)
}
