import CLibXML2

/// Runs libxml2's SAX2 interface over a text: no tree unless it is needed, no network, no entities, no encodings of its own.
enum SAXParser {
  /// Parses `text` from its start on and tells `reader`, which may stop the parser.
  ///
  /// - Parameter checks: what is looked at while the tree is there, of a reader that keeps one.
  /// - Throws: what stopped the reader, or what is wrong with the XML.
  static func parse(
    _ text: SourceText, into reader: inout DocumentReader, checks: DocumentChecks = DocumentChecks()
  ) throws(Refusal) {
    // The pointers live as long as the parser, whose calls all happen inside of this call.
    let error: ParserError? = withUnsafeMutablePointer(to: &reader) { reader in
      text.bytes.withUnsafeBufferPointer { bytes in
        run(UnsafeBufferPointer(rebasing: bytes[text.start...]), reader, checks)
      }
    }
    if let failure = reader.failure { throw failure }
    if let error { throw error.refusal }
  }

  private static func run(
    _ bytes: UnsafeBufferPointer<UInt8>, _ reader: UnsafeMutablePointer<DocumentReader>,
    _ checks: DocumentChecks
  ) -> ParserError? {
    guard let base = bytes.baseAddress, let parser = SpareParsers.take() else {
      return ParserError(code: XML_ERR_DOCUMENT_EMPTY, line: 1, message: "")
    }
    var isClean = false
    defer { SpareParsers.giveBack(parser, isClean: isClean) }
    parser.pointee.sax.pointee = reader.pointee.keepsTree ? treeHandlers : handlers
    parser.pointee.userData = UnsafeMutableRawPointer(reader)
    reader.pointee.parser = parser
    // The declared encoding is ignored: the text is UTF-8 by now. Entities and document types have no
    // handlers, so that the parser knows none but the five of XML. Without a tree, the result is none.
    let tree = base.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
      xmlCtxtReadMemory(
        parser, $0, Int32(bytes.count), nil, nil,
        Int32(XML_PARSE_NONET.rawValue | XML_PARSE_IGNORE_ENC.rawValue))
    }
    reader.pointee.parser = nil
    // Before the parser goes back, whose names the tree uses.
    defer { if let tree { xmlFreeDoc(tree) } }
    if let error = reader.pointee.parserError { return error }
    // Belt and braces: the parser may think so without an error that was told.
    guard parser.pointee.wellFormed == 1, parser.pointee.nsWellFormed == 1 else {
      return ParserError(code: xmlParserErrors(UInt32(max(1, parser.pointee.errNo))), line: 0, message: "")
    }
    // The parser takes a zero byte for the end, whatever comes behind it.
    guard xmlByteConsumed(parser) == bytes.count else {
      return ParserError(code: XML_ERR_DOCUMENT_END, line: 0, message: "")
    }
    isClean = reader.pointee.failure == nil
    if isClean, let tree { checks.apply(to: &reader.pointee, tree) }
    return nil
  }

  // Immutable after its creation: parsers copy it.
  nonisolated(unsafe) private static let handlers: xmlSAXHandler = {
    var handlers = xmlSAXHandler()
    handlers.initialized = UInt32(XML_SAX2_MAGIC)
    handlers.startElementNs = { reader, name, _, namespace, namespaces, _, attributes, _, values in
      guard let reader, let name else { return }
      reader.assumingMemoryBound(to: DocumentReader.self).pointee.start(
        name, namespace: namespace,
        Attributes(count: Int(attributes), values: values, declared: Int(namespaces)))
    }
    handlers.endElementNs = { reader, _, _, _ in
      reader?.assumingMemoryBound(to: DocumentReader.self).pointee.end()
    }
    let characters: charactersSAXFunc = { reader, bytes, count in
      guard let reader, let bytes else { return }
      reader.assumingMemoryBound(to: DocumentReader.self).pointee.text(
        UnsafeBufferPointer(start: bytes, count: Int(count)))
    }
    handlers.characters = characters
    handlers.ignorableWhitespace = characters
    handlers.cdataBlock = characters
    handlers.internalSubset = { reader, _, _, _ in
      reader?.assumingMemoryBound(to: DocumentReader.self).pointee.fail(.documentType)
    }
    handlers.serror = { reader, error in
      guard let reader = reader?.assumingMemoryBound(to: DocumentReader.self), let error,
        error.pointee.level != XML_ERR_WARNING, reader.pointee.parserError == nil
      else { return }
      reader.pointee.note(
        ParserError(
          code: xmlParserErrors(UInt32(truncatingIfNeeded: error.pointee.code)),
          line: Int(error.pointee.line),
          message: error.pointee.message.map { String(cString: $0) } ?? ""))
    }
    return handlers
  }()

  // The same, and behind them libxml2's own, which build a tree from the same events: what is read and what is in the tree
  // cannot differ. Comments are left out, as no signature covers them.
  nonisolated(unsafe) private static let treeHandlers: xmlSAXHandler = {
    var handlers = Self.handlers
    handlers.startDocument = { reader in if let parser = parser(of: reader) { xmlSAX2StartDocument(parser) } }
    handlers.endDocument = { reader in if let parser = parser(of: reader) { xmlSAX2EndDocument(parser) } }
    handlers.startElementNs = {
      reader, name, prefix, namespace, namespaceCount, namespaces, count, defaulted, values in
      guard let parser = parser(of: reader) else { return }
      // First, so that the reader finds the new element in the tree.
      xmlSAX2StartElementNs(
        parser, name, prefix, namespace, namespaceCount, namespaces, count, defaulted, values)
      Self.handlers.startElementNs?(
        reader, name, prefix, namespace, namespaceCount, namespaces, count, defaulted, values)
    }
    handlers.endElementNs = { reader, name, prefix, namespace in
      guard let parser = parser(of: reader) else { return }
      Self.handlers.endElementNs?(reader, name, prefix, namespace)
      xmlSAX2EndElementNs(parser, name, prefix, namespace)
    }
    let characters: charactersSAXFunc = { reader, bytes, count in
      guard let parser = parser(of: reader) else { return }
      Self.handlers.characters?(reader, bytes, count)
      xmlSAX2Characters(parser, bytes, count)
    }
    handlers.characters = characters
    handlers.ignorableWhitespace = characters
    handlers.cdataBlock = characters
    handlers.processingInstruction = { reader, target, data in
      if let parser = parser(of: reader) { xmlSAX2ProcessingInstruction(parser, target, data) }
    }
    return handlers
  }()

  /// The parser, unless the reader has stopped it.
  private static func parser(of reader: UnsafeMutableRawPointer?) -> xmlParserCtxtPtr? {
    guard let reader = reader?.assumingMemoryBound(to: DocumentReader.self) else { return nil }
    return reader.pointee.failure == nil ? reader.pointee.parser : nil
  }
}

/// An element's attributes, as the parser hands them over; valid during its call only.
struct Attributes {
  let count: Int
  /// Five pointers each: name, prefix, namespace, start and end of the value.
  let values: UnsafeMutablePointer<UnsafePointer<UInt8>?>?
  /// How many namespaces the element declares.
  let declared: Int

  /// The value of an attribute without a namespace.
  func value(_ name: ElementName) -> String? {
    guard let values else { return nil }
    for index in 0..<count {
      guard let found = values[index * 5], values[index * 5 + 2] == nil, ElementName(found) == name,
        let start = values[index * 5 + 3], let end = values[index * 5 + 4]
      else { continue }
      return String(decoding: UnsafeBufferPointer(start: start, count: end - start), as: UTF8.self)
    }
    return nil
  }
}

/// The first thing that the parser found wrong.
struct ParserError {
  let code: xmlParserErrors
  let line: Int
  let message: String

  var refusal: Refusal {
    let place = line > 0 ? Place(line: line, path: "", item: nil) : nil
    let text = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    return switch code {
    case XML_ERR_DOCUMENT_END: Refusal(.trailingContent, at: place)
    case XML_NS_ERR_UNDEFINED_NAMESPACE: Refusal(.unboundPrefix(message: text), at: place)
    default: Refusal(.malformed(code: Int(code.rawValue), message: text), at: place)
    }
  }
}
