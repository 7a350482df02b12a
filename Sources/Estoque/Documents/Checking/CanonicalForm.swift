import CLibXML2

/// The bytes that a signature is of: Canonical XML 1.0, inclusive and without comments (W3C, 2001).
enum CanonicalForm {
  /// An element's canonical form, with the namespaces that are in scope where it stands; nil if it has none.
  static func bytes(of element: TreeElement) -> [UInt8]? {
    // Of a copy with nothing around it: libxml2 would walk through the whole file for a part of it, and through a lot once for each
    // of its documents.
    guard let document = xmlNewDoc(nil) else { return nil }
    defer { xmlFreeDoc(document) }
    guard let copy = xmlDocCopyNode(element.node, document, 1) else { return nil }
    xmlDocSetRootElement(document, copy)
    for ancestor in sequence(first: element, next: \.parent) {
      var next = ancestor.node.pointee.nsDef
      while let namespace = next {
        // Does nothing for a prefix that was declared nearer.
        xmlNewNs(copy, namespace.pointee.href, namespace.pointee.prefix)
        next = namespace.pointee.next
      }
    }
    guard let buffer = xmlBufferCreate() else { return nil }
    defer { xmlBufferFree(buffer) }
    guard let output = xmlOutputBufferCreateBuffer(buffer, nil) else { return nil }
    let result = ThreadErrors.handled {
      xmlC14NDocSaveTo(document, nil, Int32(XML_C14N_1_0.rawValue), nil, 0, output)
    }
    guard xmlOutputBufferClose(output) >= 0, result >= 0, let content = xmlBufferContent(buffer) else {
      return nil
    }
    return Array(UnsafeBufferPointer(start: content, count: Int(xmlBufferLength(buffer))))
  }
}
