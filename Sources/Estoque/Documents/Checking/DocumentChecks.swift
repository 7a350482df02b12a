import CLibXML2

/// What is looked at beyond what a document says: whether it fits the official schemas, and who signed it.
///
/// Nothing, unless somebody asks for it. Either makes the parser keep the document's tree, which takes a multiple of the time that
/// reading takes.
public struct DocumentChecks: Sendable {
  /// The schemas that documents must fit.
  public var schemas: Schemas?
  /// How signatures are checked.
  public var signatures: SignatureCheck?

  /// Nothing is checked unless it is named.
  public init(schemas: Schemas? = nil, signatures: SignatureCheck? = nil) {
    (self.schemas, self.signatures) = (schemas, signatures)
  }

  /// Whether there is anything to check.
  public var areNeeded: Bool { schemas != nil || signatures != nil }

  /// Checks what a reader has read, while the tree is there that it was read from.
  func apply(to reader: inout DocumentReader, _ tree: xmlDocPtr) {
    let identifiers = signatures.map { _ in TreeIdentifiers(of: tree) }
    for index in reader.documents.indices {
      reader.documents[index] = checked(
        reader.documents[index], in: reader.elements[index].map(TreeElement.init), identifiers)
    }
  }

  private func checked(
    _ document: ParsedDocument, in element: TreeElement?, _ identifiers: TreeIdentifiers?
  ) -> ParsedDocument {
    guard let key = document.content.key else { return document }
    var warnings = document.warnings
    func refused(_ reason: Refusal.Reason, at place: Place?) -> ParsedDocument {
      ParsedDocument(content: .refused(Refusal(reason, at: place, key: key)), warnings: warnings)
    }
    if let schemas {
      switch schemas.check(document.content, in: element) {
      case .fits: break
      case .unknown(let layout): warnings.append(.noSchema(layout: layout))
      case .complaint(let complaint, let place): return refused(.schema(complaint), at: place)
      }
    }
    if let signatures, let identifiers {
      do throws(SignatureFault) {
        try signatures.check(document.content, in: element, identifiers)
      } catch {
        if signatures.isRequired { return refused(.signature(error), at: element?.place) }
        warnings.append(.signature(error))
      }
    }
    return ParsedDocument(content: document.content, warnings: warnings)
  }
}

extension ParsedDocument.Content {
  /// The access key; nil where reading the document has failed already.
  fileprivate var key: String? {
    switch self {
    case .invoice(let invoice): invoice.key.text
    case .event(let event): event.key.text
    case .refused: nil
    }
  }
}
