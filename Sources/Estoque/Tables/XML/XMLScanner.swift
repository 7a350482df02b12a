import CLibXML2

/// What an ``XMLScanner`` finds goes to one of these.
protocol XMLListener: AnyObject {
  func start(_ name: String, _ attributes: XMLScanner.Attributes)
  func end(_ name: String)
  func text(_ bytes: UnsafeBufferPointer<UInt8>)
}

/// Parses XML that comes in pieces: no tree, no network, no document type and so no entities but XML's own five.
final class XMLScanner {
  /// An element's attributes; valid during the call only.
  struct Attributes {
    fileprivate let count: Int
    /// Five pointers each: name, prefix, namespace, start and end of the value.
    fileprivate let values: UnsafeMutablePointer<UnsafePointer<UInt8>?>?

    /// The value of the attribute with this name, in whatever namespace.
    subscript(name: String) -> String? {
      guard let values else { return nil }
      for index in 0..<count {
        guard let found = values[index * 5], let start = values[index * 5 + 3],
          let end = values[index * 5 + 4],
          String(cString: found) == name
        else { continue }
        return String(decoding: UnsafeBufferPointer(start: start, count: end - start), as: UTF8.self)
      }
      return nil
    }
  }

  private let listener: any XMLListener
  private var context: xmlParserCtxtPtr?
  private var fault: String?

  init(_ listener: any XMLListener) { self.listener = listener }
  deinit { if let context { xmlFreeParserCtxt(context) } }

  /// Takes in some bytes; none for the end.
  /// - Returns: what is wrong with the XML, if anything is.
  func feed(_ bytes: UnsafeRawBufferPointer) -> String? {
    let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
    if context == nil {
      var handlers = Self.handlers
      context = xmlCreatePushParserCtxt(&handlers, Unmanaged.passUnretained(self).toOpaque(), nil, 0, nil)
      guard let context else { return "falta de memória" }
      xmlCtxtUseOptions(context, Int32(XML_PARSE_NONET.rawValue | XML_PARSE_HUGE.rawValue))
    }
    let code = xmlParseChunk(context, start, Int32(bytes.count), bytes.isEmpty ? 1 : 0)
    if let fault { return fault }
    return code == 0 ? nil : "XML inválido (\(code))"
  }

  /// Parses no further.
  func stop(_ fault: String) {
    self.fault = self.fault ?? fault
    if let context { xmlStopParser(context) }
  }

  // Immutable after its creation: parsers copy it.
  nonisolated(unsafe) private static let handlers: xmlSAXHandler = {
    var handlers = xmlSAXHandler()
    handlers.initialized = UInt32(XML_SAX2_MAGIC)
    handlers.startElementNs = { scanner, name, _, _, _, _, attributes, _, values in
      guard let scanner, let name else { return }
      XMLScanner.from(scanner).listener.start(
        String(cString: name), Attributes(count: Int(attributes), values: values))
    }
    handlers.endElementNs = { scanner, name, _, _ in
      guard let scanner, let name else { return }
      XMLScanner.from(scanner).listener.end(String(cString: name))
    }
    let characters: charactersSAXFunc = { scanner, bytes, count in
      guard let scanner, let bytes else { return }
      XMLScanner.from(scanner).listener.text(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }
    handlers.characters = characters
    handlers.ignorableWhitespace = characters
    handlers.cdataBlock = characters
    handlers.internalSubset = { scanner, _, _, _ in
      guard let scanner else { return }
      XMLScanner.from(scanner).stop("declara um tipo de documento (DTD), o que não é aceito")
    }
    handlers.serror = { scanner, error in
      guard let scanner, let error, error.pointee.level != XML_ERR_WARNING else { return }
      let message = error.pointee.message.map { String(cString: $0) } ?? "?"
      XMLScanner.from(scanner).stop(
        "linha \(error.pointee.line): \(message.split(whereSeparator: \.isNewline).joined(separator: " "))")
    }
    return handlers
  }()

  private static func from(_ pointer: UnsafeMutableRawPointer) -> XMLScanner {
    Unmanaged<XMLScanner>.fromOpaque(pointer).takeUnretainedValue()
  }
}
