import EstoqueDomain

/// What a file holds: nearly always one document, several in a lot.
public struct ParsedFile: Hashable, Sendable {
  /// The name of the root element.
  public let root: String
  /// The documents in the order of the file. None harms the others.
  public let documents: [ParsedDocument]
}

/// A document, with what is odd about it.
public struct ParsedDocument: Hashable, Sendable {
  /// What the document is.
  public let content: Content
  /// What is odd about it.
  public let warnings: [Warning]

  /// What a document is.
  public enum Content: Hashable, Sendable {
    /// An invoice.
    case invoice(Invoice)
    /// An event of an invoice.
    case event(Event)
    /// Neither, for a reason; the other documents of the file stand.
    case refused(Refusal)
  }
}
