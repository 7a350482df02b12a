import EstoqueDocuments
import EstoqueSamples
import EstoqueTestSupport
import Foundation
import Testing

@Suite("Schemas", .timeLimit(.minutes(10))) struct SchemaTests {
  private let schemas: Schemas

  init() throws {
    let tiny = try TinySchemas()
    defer { tiny.remove() }
    // What is compiled needs its files no longer.
    schemas = try Schemas(folder: tiny.folder.path)
  }

  private func parsed(_ xml: String) throws -> [ParsedDocument] {
    try DocumentParser(checks: DocumentChecks(schemas: schemas)).parse(Array(xml.utf8)).documents
  }

  private func refusal(_ xml: String) throws -> Refusal? {
    let documents = try parsed(xml)
    #expect(documents.count == 1)
    if case .refused(let refusal)? = documents.first?.content { return refusal }
    return nil
  }

  private func complaint(_ xml: String) throws -> SchemaComplaint? {
    guard let refusal = try refusal(xml) else { return nil }
    guard case .schema(let complaint) = refusal.reason else {
      Issue.record("\(refusal)")
      return nil
    }
    return complaint
  }

  @Test func `what fits passes as it is`() throws {
    var sample = try SampleTrade.one()
    for status in [100, nil] {
      sample.status = status
      let xml = try sample.xml()
      #expect(try parsed(xml) == DocumentParser().parse(Array(xml.utf8)).documents)
      #expect(try refusal(xml) == nil)
    }
    var event = SampleEvent(of: try sample.key, type: 110_111)
    for status in [135, nil] {
      event.status = status
      #expect(try refusal(event.xml()) == nil)
      #expect(try parsed(event.xml()).allSatisfy { $0.warnings.isEmpty })
    }
  }

  @Test(arguments: [
    ("<cUF>35</cUF>", "<cUF>99</cUF>", SchemaComplaint.Kind.enumeration, "cUF"),
    ("<cNF>12345678</cNF>", "<cNF>123</cNF>", .pattern, "cNF"),
    ("<natOp>", "<natOp>" + String(repeating: "x", count: 60), .length, "natOp"),
    ("<emit>", "<emit2/><emit>", .content, "emit2"),
    ("<natOp>Venda de mercadoria</natOp>", "", .content, "mod"),
    ("</protNFe>", "</protNFe><outro/>", .content, "outro"),
    ("nItem=\"1\"", "nItem=\"1\" extra=\"x\"", .attribute, "det"),
    (
      "<nfeProc xmlns=\"http://www.portalfiscal.inf.br/nfe\" versao=\"4.00\">",
      "<nfeProc xmlns=\"http://www.portalfiscal.inf.br/nfe\">", .attribute, "nfeProc"
    ),
  ])
  func `what does not fit is refused, with the element and the complaint`(
    find: String, by: String, kind: SchemaComplaint.Kind, element: String
  ) throws {
    let xml = try SampleTrade.one().xml()
    #expect(xml.contains(find))
    let complaint = try #require(try complaint(xml.replacing(find, with: by)))
    #expect(complaint.kind == kind && complaint.element == element, "\(complaint)")
    #expect(!complaint.message.isEmpty && !complaint.message.contains("{http"))
  }

  @Test func `the reason tells the line, the item, the element and the complaint`() throws {
    var sample = try SampleTrade.one()
    sample.items.append(sample.items[0])
    let xml = try sample.xml().replacing("<det ", with: "\n<det ").replacing(
      "nItem=\"2\"", with: "nItem=\"1\"")
    let refusal = try #require(try refusal(xml))
    #expect(refusal.place?.line == 3 && refusal.place?.item == 1)
    #expect(refusal.place?.path == "nfeProc/NFe/infNFe/det")
    #expect(try refusal.key == sample.key.text)
    #expect(
      refusal.explanation.hasPrefix("fora do esquema oficial: valor repetido em det (Duplicate key-sequence"))
    #expect(refusal.explanation.contains("(linha 3, item 1, nfeProc/NFe/infNFe/det)"))
  }

  @Test func `without NF-e's namespace nothing fits`() throws {
    var sample = try SampleTrade.one()
    sample.hasNamespace = false
    #expect(try complaint(sample.xml())?.kind == .undeclared)
  }

  @Test func `in a lot, one that does not fit does no harm to the others`() throws {
    let bodies = try (1...3).map { number in
      var sample = try SampleTrade.one()
      (sample.number, sample.status) = (number, nil)
      return try sample.element()
    }
    let broken = bodies[1].replacing("<cUF>35</cUF>", with: "")
    let lot =
      "<enviNFe xmlns=\"http://www.portalfiscal.inf.br/nfe\" versao=\"4.00\">\(bodies[0])\(broken)\(bodies[2])</enviNFe>"
    let fits = try parsed(lot).map { if case .invoice = $0.content { true } else { false } }
    #expect(fits == [true, false, true])
  }

  @Test func `an event behind the protocol is checked by itself`() throws {
    var sample = try SampleTrade.one()
    let event = SampleEvent(of: try sample.key, type: 110_111)
    let xml = event.xml()
    let start = try #require(xml.range(of: "<procEventoNFe")).lowerBound
    sample.appendix = String(xml[start...])
    #expect(try parsed(sample.xml()).count == 2)
    for document in try parsed(sample.xml()) {
      if case .refused(let refusal) = document.content { Issue.record("\(refusal)") }
    }
    sample.appendix = sample.appendix.replacing(
      "<cOrgao>35</cOrgao><tpAmb>1</tpAmb><CNPJ>", with: "<cOrgao>351</cOrgao><tpAmb>1</tpAmb><CNPJ>")
    let documents = try parsed(sample.xml())
    guard case .invoice? = documents.first?.content, case .refused(let refusal)? = documents.last?.content,
      case .schema(let complaint) = refusal.reason
    else {
      Issue.record("\(documents)")
      return
    }
    #expect(complaint.element == "cOrgao" && complaint.kind == .length)
  }

  @Test func `a layout without a schema passes with a warning`() throws {
    var sample = try SampleTrade.one()
    sample.layout = "3.10"
    #expect(try parsed(sample.xml()).first?.warnings.contains(.noSchema(layout: "nfeProc 3.10")) == true)
    let event = try parsed(SampleEvent(of: sample.key, type: 110_110).xml())
    #expect(event.first?.warnings == [.noSchema(layout: "procEventoNFe 110110")])
    #expect(
      event.first?.warnings.first?.explanation
        == "sem esquema para procEventoNFe 110110: a estrutura não foi validada")
  }

  @Test func `limits hold with a tree too`() throws {
    #expect(throws: Refusal.self) { try parsed("<!DOCTYPE NFe [<!ENTITY x \"y\">]><NFe>&x;</NFe>") }
    #expect(throws: Refusal.self) { try parsed("<NFe>&x;</NFe>") }
    let deep = String(repeating: "<a>", count: 100) + String(repeating: "</a>", count: 100)
    let refusal = #expect(throws: Refusal.self) { try parsed("<NFe>\(deep)</NFe>") }
    #expect(refusal?.reason == .tooDeep(limit: 64))
    // The schema's patterns are searched with going back; a text at the limit is no trap.
    let long = try SampleTrade.one().xml().replacing(
      "<natOp>", with: "<natOp>" + String(repeating: "x ", count: 30_000) + "\u{2028}")
    #expect(try complaint(long)?.element == "natOp")
  }

  @Test func `one set of schemas serves many at once`() async throws {
    let good = Array(try SampleTrade.one().xml().utf8)
    let bad = Array(try SampleTrade.one().xml().replacing("<cNF>", with: "<cNF>x").utf8)
    let parser = DocumentParser(checks: DocumentChecks(schemas: schemas))
    await withTaskGroup(of: Bool.self) { group in
      for worker in 0..<16 {
        group.addTask {
          (0..<50).allSatisfy { round in
            let isGood = (worker + round).isMultiple(of: 2)
            guard let document = try? parser.parse(isGood ? good : bad).documents.first else { return false }
            if case .invoice = document.content { return isGood }
            return !isGood
          }
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }

  // MARK: The folder

  private func fault(_ change: (TinySchemas) throws -> Void) throws -> SchemaFault {
    let tiny = try TinySchemas()
    defer { tiny.remove() }
    try change(tiny)
    let fault = try #require(throws: SchemaFault.self) { try Schemas(folder: tiny.folder.path) }
    #expect(!fault.description.isEmpty)
    return fault
  }

  @Test func `a folder that cannot be used says why`() throws {
    #expect(throws: SchemaFault.noFolder("/nada")) { try Schemas(folder: "/nada") }
    guard
      case .missing("procNFe_v4.00.xsd", _) = try fault({
        try FileManager.default.removeItem(at: $0.folder.appending(path: "procNFe_v4.00.xsd"))
      }),
      case .ambiguous("nfe_v4.00.xsd", let paths) = try fault({
        try $0.write("eventos/nfe_v4.00.xsd", "")
      }), paths.count == 2,
      case .broken(_, _, let text) = try fault({ try $0.write("nfe_v4.00.xsd", "<xs:schema") }),
      !text.isEmpty,
      case .broken = try fault({ try $0.write("nfe_v4.00.xsd", "<html/>") }),
      case .broken = try fault({ try $0.write("leiauteNFe_v4.00.xsd", "<x/>") }),
      case .broken(_, _, let missing) = try fault({
        try $0.write("nfe_v4.00.xsd", TinySchemas.schema(of: "NFe", "TNFe", in: "nada.xsd"))
      }), missing.contains("TNFe") || missing.contains("nada.xsd")
    else {
      Issue.record("another fault")
      return
    }
  }

  @Test func `nothing is fetched from the network`() throws {
    let fault = try fault {
      try $0.write(
        "nfe_v4.00.xsd", TinySchemas.schema(of: "NFe", "TNFe", in: "http://127.0.0.1:9/leiaute.xsd"))
    }
    guard case .broken = fault else {
      Issue.record("\(fault)")
      return
    }
  }
}
