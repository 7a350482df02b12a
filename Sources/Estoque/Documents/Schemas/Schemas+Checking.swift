import CLibXML2

extension Schemas {
  /// What schemas say of a document.
  enum Finding {
    case fits
    /// The folder has no schema for it.
    case unknown(layout: String)
    case complaint(SchemaComplaint, at: Place)
  }

  /// Compares a document with the schema of its kind and version.
  /// - Parameter element: the `NFe` or `evento`; nil where the file holds a receipt only.
  func check(_ content: ParsedDocument.Content, in element: TreeElement?) -> Finding {
    guard let element else { return .unknown(layout: "retEvento") }
    let whole = element.whole
    let (file, layout) = Self.name(of: content, in: whole)
    guard let schema = file.flatMap(schema(named:)) else { return .unknown(layout: layout) }
    return Self.validate(whole, by: schema)
  }

  private static func name(of content: ParsedDocument.Content, in element: TreeElement) -> (String?, String) {
    switch content {
    case .invoice(let invoice):
      let version = invoice.layout.rawValue
      return (
        "\(element.name == "nfeProc" ? "procNFe" : "nfe")_v\(version).xsd", "\(element.name) \(version)"
      )
    case .event(let event):
      let isProcessed = element.name == "procEventoNFe"
      let file: String? =
        switch event.type {
        case .cancellation: isProcessed ? "procEventoCancNFe_v1.00.xsd" : "eventoCancNFe_v1.00.xsd"
        case .correction: isProcessed ? "procCCeNFe_v1.00.xsd" : "CCe_v1.00.xsd"
        default: nil
        }
      return (file, "\(element.name) \(event.type)")
    case .refused: return (nil, element.name)
    }
  }

  private static func validate(_ element: TreeElement, by schema: xmlSchemaPtr) -> Finding {
    var first: (complaint: SchemaComplaint, place: Place)?
    let result: Int32 = withUnsafeMutablePointer(to: &first) { first in
      guard let context = xmlSchemaNewValidCtxt(schema) else { return -1 }
      defer { xmlSchemaFreeValidCtxt(context) }
      xmlSchemaSetValidStructuredErrors(
        context,
        { first, error in
          guard let error,
            let first = first?.assumingMemoryBound(to: (complaint: SchemaComplaint, place: Place)?.self),
            first.pointee == nil, let node = error.pointee.node?.assumingMemoryBound(to: xmlNode.self)
          else { return }
          // Of an attribute, the element is what people can find.
          let isElement = node.pointee.type == XML_ELEMENT_NODE
          guard let owner = isElement ? node : node.pointee.parent else { return }
          let element = TreeElement(node: owner)
          let complaint = SchemaComplaint(
            element: element.name, code: xmlParserErrors(UInt32(truncatingIfNeeded: error.pointee.code)),
            message: error.pointee.message.map { String(cString: $0) } ?? "")
          first.pointee = (complaint, element.place)
        }, first)
      return xmlSchemaValidateOneElement(context, element.node)
    }
    if let first { return .complaint(first.complaint, at: first.place) }
    if result == 0 { return .fits }
    // Belt and braces: no memory, or an error that nobody told.
    return .complaint(
      SchemaComplaint(element: element.name, code: XML_ERR_INTERNAL_ERROR, message: ": error \(result)"),
      at: element.place)
  }
}

extension TreeElement {
  /// The document with what the authority has put around it.
  ///
  /// The document alone where the file holds others of it too: an event that somebody appended behind the protocol is checked by
  /// itself, and does no harm to its invoice.
  fileprivate var whole: TreeElement {
    guard let parent, ["nfeProc", "procEventoNFe"].contains(parent.name) else { return self }
    let hasOthers = parent.children.contains { ["procEventoNFe", "retEvento"].contains($0.name) }
    return parent.name == "nfeProc" && hasOthers ? self : parent
  }
}
