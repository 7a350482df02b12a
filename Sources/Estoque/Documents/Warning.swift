import EstoqueDomain

/// What is odd about a document that was read all the same.
public enum Warning: Hashable, Sendable {
  /// Parts of the access key that the document repeats elsewhere.
  public enum KeyPart: Hashable, Sendable {
    case state, date, issuer, model, series, number, emission, code, checkDigit
  }

  /// No encoding is declared, and it is not UTF-8: read as windows-1252.
  case assumedEncoding
  /// The document has no namespace.
  case noNamespace
  /// The key says one thing and the document another.
  case keyDisagrees(KeyPart, key: String, document: String)
  /// An identifier that is malformed; its text was kept, or the identifier left out.
  case identifier(element: String, text: String, IdentifierError, item: Int?)
  /// A text longer than the layout allows.
  case tooLong(element: String, limit: Int, item: Int?)
  /// Two items have the same number.
  case repeatedItem(Int)
  /// An item's total is not its quantity times its price.
  case itemTotal(item: Int, calculated: Money, found: Money)
  /// The total of the goods is not the sum of the items.
  case goodsTotal(calculated: Money, found: Money)
  /// The lots of an item do not add up to its quantity.
  case lots(item: Int, sum: Quantity, quantity: Quantity)
  /// An item of which nothing moves.
  case zeroQuantity(item: Int)
  /// An operation that often does not move goods, or moves them with another document.
  case mayNotMove(item: Int, CFOP)
  /// Emitter and recipient are both the company's: a transfer, taken from the emitter's side.
  case bothOurs
  /// An event that the authority has not confirmed in this file.
  case unconfirmed
  /// An event of the test environment.
  case homologationEvent
  /// Schemas are checked, and there is none for this layout.
  case noSchema(layout: String)
  /// The document's signature proves nothing.
  case signature(SignatureFault)

  /// Whether the document contradicts itself, which a strict judge does not accept.
  public var isDisagreement: Bool {
    switch self {
    case .keyDisagrees, .repeatedItem, .itemTotal, .goodsTotal, .lots: true
    default: false
    }
  }
}
