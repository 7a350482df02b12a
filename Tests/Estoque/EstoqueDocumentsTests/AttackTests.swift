import EstoqueDocuments
import EstoqueSamples
import Testing

@Suite("Attacks", .timeLimit(.minutes(10))) struct AttackTests {
  private let parser = DocumentParser()
  private var roomy: DocumentParser {
    var limits = Limits()
    limits.fileBytes = 64 << 20
    return DocumentParser(limits: limits)
  }

  private func refusal(_ text: String, _ parser: DocumentParser? = nil) throws -> Refusal.Reason {
    try #require(throws: Refusal.self) { try (parser ?? self.parser).parse(Array(text.utf8)) }.reason
  }

  private static let namespace = #"xmlns="http://www.portalfiscal.inf.br/nfe""#

  @Test func `a document type is refused before anything is parsed, wherever it hides`() throws {
    let entity = #"<!DOCTYPE NFe [<!ENTITY x SYSTEM "file:///etc/passwd">]><NFe><infNFe>&x;</infNFe></NFe>"#
    #expect(try refusal(entity) == .documentType)
    #expect(try refusal(#"<?xml version="1.0"?>"# + "\n <!-- x --><?pi?>" + entity) == .documentType)
    #expect(try refusal("\u{FEFF}" + entity) == .documentType)
    let laughs =
      #"<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">"#
      + (1...30).map { "<!ENTITY a\($0) \"&a\($0 - 1);&a\($0 - 1);\">" }.joined() + "]><l>&a30;</l>"
    #expect(try refusal(laughs) == .documentType)
    // Encodings in which the bytes of a document type look like something else.
    #expect(try refusal(#"<?xml version="1.0" encoding="UTF-7"?><NFe/>"#) == .encoding("UTF-7"))
    #expect(try refusal(#"<?xml version="1.0" encoding="UTF-16"?><NFe/>"#) == .encoding("UTF-16"))
    #expect(try refusal(#"<?xml version="1.0" encoding="IBM037"?><NFe/>"#) == .encoding("IBM037"))
  }

  @Test func `an entity nobody declared is an error, not an empty text`() throws {
    guard case .malformed = try refusal("<NFe \(Self.namespace)><infNFe>&x;</infNFe></NFe>") else {
      Issue.record("not malformed")
      return
    }
  }

  @Test func `deep nesting is refused at the limit`() throws {
    let deep = String(repeating: "<a>", count: 100_000) + String(repeating: "</a>", count: 100_000)
    #expect(try refusal("<NFe>\(deep)</NFe>") == .tooDeep(limit: 64))
    func nested(_ depth: Int) -> String {
      "<enviNFe>" + String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        + "</enviNFe>"
    }
    #expect(try refusal(nested(63)) == .noDocument)
    #expect(try refusal(nested(64)) == .tooDeep(limit: 64))
  }

  @Test(arguments: [9, 11])
  func `a text of megabytes is refused, as a file and as a text`(megabytes: Int) throws {
    let text = "<NFe><infNFe>" + String(repeating: "a", count: megabytes << 20) + "</infNFe></NFe>"
    #expect(try refusal(text) == .tooLarge(bytes: text.utf8.count, limit: 4 << 20))
    #expect(try refusal(text, roomy) == .textTooLong(limit: 64 << 10))
    // In pieces, so that no stretch without a tag gives it away.
    let piece = String(repeating: "a", count: 60 << 10)
    let pieces =
      "<NFe><infNFe>" + String(repeating: piece + "<![CDATA[x]]>", count: megabytes) + "</infNFe></NFe>"
    #expect(try refusal(pieces, roomy) == .textTooLong(limit: 64 << 10))
    let comment = "<NFe><!--" + String(repeating: "a", count: megabytes << 20) + "--></NFe>"
    #expect(try refusal(comment, roomy) == .textTooLong(limit: 64 << 10))
  }

  @Test func `thousands of attributes and namespaces are refused quickly`() throws {
    let many = (0..<8_000).map { "a\($0)=''" }.joined(separator: " ")
    let tag = "<NFe \(many.prefix(60_000))x=''/>"
    let reason = try refusal(String(tag))
    #expect(reason == .tooManyAttributes(limit: 32) || reason == .textTooLong(limit: 64 << 10))
    let few = (0..<3_000).map { "a\($0)=''" }.joined(separator: " ")
    #expect(try refusal("<NFe \(few)/>") == .tooManyAttributes(limit: 32))
    let spaces = (0..<1_000).map { "xmlns:a\($0)='u'" }.joined(separator: " ")
    #expect(try refusal("<NFe \(spaces)/>") == .tooManyAttributes(limit: 32))
    #expect(
      try refusal("<NFe " + String(repeating: "a='' ", count: 200_000) + "/>")
        == .textTooLong(limit: 64 << 10))
  }

  @Test func `what comes after the end, and prefixes from nowhere, are refused`() throws {
    var trade = SampleTrade(seed: 3)
    let xml = try trade.invoice(1).xml()
    #expect(try parser.parse(Array(xml.utf8)).documents.count == 1)
    #expect(try parser.parse(Array((xml + "\n <!-- fim --> ").utf8)).documents.count == 1)
    for garbage in ["x", "<NFe/>", "\0", "]]>", "&amp;"] {
      #expect(throws: Refusal.self, "\(garbage)") { try parser.parse(Array((xml + garbage).utf8)) }
    }
    #expect(try refusal(xml + "lixo") == .trailingContent)
    guard case .unboundPrefix = try refusal("<NFe><xsi:a/></NFe>") else {
      Issue.record("not an unbound prefix")
      return
    }
    guard case .unboundPrefix = try refusal("<NFe xsi:schemaLocation='x'/>") else {
      Issue.record("not an unbound prefix")
      return
    }
  }

  @Test func `invalid UTF-8, wide encodings and NUL are refused`() throws {
    func reason(_ bytes: [UInt8]) throws -> Refusal.Reason {
      try #require(throws: Refusal.self) { try parser.parse(bytes) }.reason
    }
    let declaration = Array("<?xml version='1.0' encoding='UTF-8'?><NFe><infNFe>".utf8)
    #expect(try reason(declaration + [0xE9] + Array("</infNFe></NFe>".utf8)) == .notUTF8)
    #expect(try reason(declaration + [0xC0, 0x80] + Array("</infNFe></NFe>".utf8)) == .notUTF8)
    #expect(try reason([0xEF, 0xBB, 0xBF, 0x3C, 0xFF]) == .notUTF8)
    #expect(try reason([0xFE, 0xFF, 0x00, 0x3C]) == .encoding("UTF-16"))
    #expect(try reason([0xFF, 0xFE, 0x3C, 0x00]) == .encoding("UTF-16"))
    #expect(try reason([0x3C, 0x00, 0x4E, 0x00]) == .encoding("UTF-16"))
    #expect(try reason([0x00, 0x3C]) == .encoding("UTF-16"))
    #expect(try reason([]) == .empty)
    #expect(throws: Refusal.self) { try parser.parse(Array("<NFe>\0</NFe>".utf8)) }
  }

  @Test func `files that are no XML are named`() throws {
    #expect(try refusal("PK\u{3}\u{4}xyz") == .notXML(.zip))
    #expect(try refusal("%PDF-1.7") == .notXML(.pdf))
    #expect(try refusal("{\"a\":1}") == .notXML(.json))
    #expect(try refusal("chave;valor") == .notXML(nil))
    #expect(try refusal("<html><body/></html>") == .otherDocument(.html))
  }

  @Test func `an invoice has 990 items at most`() throws {
    var trade = SampleTrade(seed: 4)
    let full = try parser.parse(trade.invoice(1, items: 990).bytes())
    guard case .invoice(let invoice) = full.documents[0].content else {
      Issue.record("\(full.documents[0].content)")
      return
    }
    #expect(invoice.items.count == 990)
    let over = try parser.parse(trade.invoice(2, items: 991).bytes())
    guard case .refused(let refusal) = over.documents[0].content else {
      Issue.record("991 items were accepted")
      return
    }
    #expect(refusal.reason == .tooManyItems(limit: 990))
  }
}
