import CLibXML2
import RevoadaScheduling

/// libxml2's parsers that are not in use.
///
/// To make one, and to teach it the names of NF-e, costs about as much as to read a small document. A
/// parser comes back only from a document without any fault, and not once it has learned too many names.
enum SpareParsers {
  private struct Spare: @unchecked Sendable {  // whoever takes it out is the only one to use it
    let parser: xmlParserCtxtPtr
  }

  private static let spares = Guarded<[Spare]>([])
  private static let most = 64
  private static let mostNames = 4_096

  // libxml2 wants to be initialised once before threads use it.
  private static let initialised: Void = xmlInitParser()

  /// A parser, or none without memory.
  static func take() -> xmlParserCtxtPtr? {
    _ = initialised
    return spares.withLock { $0.popLast() }?.parser ?? xmlNewParserCtxt()
  }

  /// Keeps a parser for the next document, or frees it.
  static func giveBack(_ parser: xmlParserCtxtPtr, isClean: Bool) {
    if isClean, xmlDictSize(parser.pointee.dict) <= mostNames {
      // Forgets the document, which is gone when this returns.
      xmlCtxtReset(parser)
      parser.pointee.userData = nil
      let spare = Spare(parser: parser)
      let isKept = spares.withLock { spares in
        guard spares.count < most else { return false }
        spares.append(spare)
        return true
      }
      if isKept { return }
    }
    xmlFreeParserCtxt(parser)
  }
}
