import EstoqueDocuments
import EstoqueDomain
import EstoqueSamples
import Testing

@Suite("Parsing") struct ParsingTests {
  private let parser = DocumentParser()

  private func invoice(_ sample: SampleInvoice) throws -> Invoice {
    try invoice(sample.xml())
  }

  private func invoice(_ xml: String) throws -> Invoice {
    let content = try #require(try parser.parse(Array(xml.utf8)).documents.first).content
    guard case .invoice(let invoice) = content else { throw Unexpected(content: content) }
    return invoice
  }

  private func reason(_ xml: String) throws -> Refusal.Reason {
    let parsed: ParsedFile
    do throws(Refusal) { parsed = try parser.parse(Array(xml.utf8)) } catch { return error.reason }
    guard case .refused(let refusal) = parsed.documents[0].content else {
      throw Unexpected(content: parsed.documents[0].content)
    }
    return refusal.reason
  }

  struct Unexpected: Error { let content: ParsedDocument.Content }

  @Test func `a generated invoice is read as it was meant, without a warning`() throws {
    var trade = SampleTrade(seed: 11)
    var keys = Set<AccessKey>()
    for number in 1...200 {
      let sample = try trade.invoice(number)
      let parsed = try parser.parse(sample.bytes())
      let document = try #require(parsed.documents.first)
      #expect(document.warnings.isEmpty)
      let invoice = try invoice(sample)
      #expect(try invoice.key == sample.key)
      #expect(keys.insert(invoice.key).inserted)
      #expect(invoice.number == number && invoice.issued.date.description == sample.day)
      #expect(invoice.emitter.identity == .cnpj(sample.emitter.cnpj))
      #expect(invoice.emitter.name == sample.emitter.name)
      #expect(invoice.recipient?.identity.cnpj == sample.recipient?.cnpj)
      #expect(invoice.authorisation?.isAuthorised == true)
      #expect(invoice.items.count == sample.items.count)
      for (item, meant) in zip(invoice.items, sample.items) {
        #expect(item.code == meant.code && item.name == meant.name && item.cfop.text == meant.cfop)
        #expect(item.commercial.quantity == meant.quantity && item.commercial.price == meant.price)
        #expect(item.commercial.unit == UnitOfMeasure(meant.unit))
        #expect(try item.total == meant.total && item.cost == meant.total)
        if let factor = meant.factor {
          #expect(try item.taxable.quantity == meant.quantity.converted(by: factor))
          #expect(item.taxable.unit.code == meant.taxableUnit)
        }
        #expect(item.lots.map(\.number) == [meant.lot?.number].compactMap(\.self))
        #expect(item.lots.first?.expires?.description == meant.lot?.expires)
      }
    }
  }

  @Test(arguments: ["2.00", "3.10", "4.00"])
  func `layouts are read`(layout: String) throws {
    var sample = try SampleTrade.one()
    sample.layout = layout
    let invoice = try invoice(sample)
    #expect(invoice.layout.rawValue == layout)
    #expect(invoice.issued.offset == (layout == "2.00" ? nil : -180))
  }

  @Test(arguments: ["1.10", "5.00", ""])
  func `other layouts are refused`(layout: String) throws {
    var sample = try SampleTrade.one()
    sample.layout = layout
    #expect(try reason(sample.xml()) == .layout(layout))
  }

  @Test func `a document without the namespace is read, with a warning`() throws {
    var sample = try SampleTrade.one()
    sample.hasNamespace = false
    let document = try #require(parser.parse(sample.bytes()).documents.first)
    #expect(document.warnings == [.noNamespace])
    #expect(try invoice(sample).key == sample.key)
  }

  @Test func `a prefix for the namespace is as good as none`() throws {
    let xml = try SampleTrade.one().xml()
    let prefixed = xml.replacing("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", with: "")
      .replacing(" xmlns=\"http://www.portalfiscal.inf.br/nfe\"", with: "").replacing("</", with: "</n:")
      .replacing(/<([A-Za-z])/) { "<n:\($0.1)" }
      .replacing("<n:nfeProc", with: "<n:nfeProc xmlns:n='http://www.portalfiscal.inf.br/nfe'")
    #expect(try invoice(prefixed) == invoice(xml))
  }

  @Test func `elements of other namespaces are not ours`() throws {
    let xml = try SampleTrade.one().xml()
    let foreign = xml.replacing("<infCpl>", with: "<x:qCom xmlns:x='urn:x'>9</x:qCom><infCpl>")
    #expect(try invoice(foreign) == invoice(xml))
    let wrong = xml.replacing(
      "http://www.portalfiscal.inf.br/nfe", with: "http://www.portalfiscal.inf.br/cte")
    #expect(try reason(wrong) == .foreignNamespace("http://www.portalfiscal.inf.br/cte"))
  }

  @Test func `a lot holds several invoices, and a broken one harms no other`() throws {
    var trade = SampleTrade(seed: 21)
    var samples = try (1...4).map { try trade.invoice($0) }
    for index in samples.indices { samples[index].status = nil }
    samples[1].id = "NFe123"
    var elements = try samples.map { try $0.element() }
    elements[2] = elements[2].replacing("<qCom>", with: "<qCom>x")
    let lot =
      "<enviNFe xmlns='http://www.portalfiscal.inf.br/nfe' versao='4.00'><idLote>1</idLote>"
      + elements.joined() + "</enviNFe>"
    let documents = try parser.parse(Array(lot.utf8)).documents
    #expect(documents.count == 4)
    for index in [0, 3] {
      guard case .invoice(let invoice) = documents[index].content else {
        Issue.record("\(documents[index])")
        continue
      }
      #expect(try invoice.key == samples[index].key)
      #expect(invoice.items.count == samples[index].items.count)
    }
    guard case .refused(let id) = documents[1].content, case .refused(let quantity) = documents[2].content
    else {
      Issue.record("broken documents were read")
      return
    }
    #expect(id.key == "NFe123" || id.key == "123")
    guard case .number("prod/qCom", _, .malformed) = quantity.reason else {
      Issue.record("\(quantity)")
      return
    }
    #expect(try quantity.key == samples[2].key.text)
    #expect(quantity.place?.item == 1)
    #expect(quantity.place?.path == "enviNFe/NFe/infNFe/det/prod/qCom")
    #expect(quantity.place?.line == 1)
  }

  @Test func `the place of a refusal is its line`() throws {
    let xml = try SampleTrade.one().xml().replacing("><", with: ">\n<").replacing("<qCom>", with: "<qCom>-")
    let parsed = try parser.parse(Array(xml.utf8))
    guard case .refused(let refusal) = parsed.documents[0].content else {
      Issue.record("not refused")
      return
    }
    let line = xml.split(separator: "\n").firstIndex { $0.hasPrefix("<qCom>") }.map { $0 + 1 }
    #expect(refusal.place?.line == line)
    #expect(refusal.explanation.contains("linha \(line ?? 0), item 1"))
  }

  @Test(arguments: [
    "ide/mod": "<mod>55</mod>", "ide/tpNF": "<tpNF>1</tpNF>", "ide/finNFe": "<finNFe>1</finNFe>",
    "ide/tpAmb": "<tpAmb>1</tpAmb>", "ide/serie": "<serie>1</serie>",
  ])
  func `what must be there is missed`(label: String, element: String) throws {
    let xml = try SampleTrade.one().xml()
    #expect(try reason(xml.replacing(element, with: "")) == .missing(label))
    let name = String(element.dropFirst().prefix { $0 != ">" })
    #expect(try reason(xml.replacing(element, with: "<\(name)></\(name)>")) == .missing(label))
    #expect(try reason(xml.replacing(element, with: element + element)) == .repeated(label))
  }

  @Test(arguments: ["cProd", "xProd", "CFOP", "uCom", "qCom", "vProd"])
  func `what an item must have is missed`(name: String) throws {
    let xml = try SampleTrade.one().xml().replacing("<ICMSTot>", with: "<ICMSTot><!--").replacing(
      "<vNF>", with: "--><vNF>")
    let without = xml.replacing("<\(name)>", with: "<y>").replacing("</\(name)>", with: "</y>")
    #expect(try reason(without) == .missing("prod/\(name)"))
    let twice = xml.replacing("<\(name)>", with: "<\(name)>1</\(name)><\(name)>")
    guard name != "CFOP" else { return }
    #expect(try reason(twice) == .repeated("prod/\(name)"))
  }

  @Test func `codes and models outside of their lists are refused`() throws {
    let xml = try SampleTrade.one().xml()
    #expect(try reason(xml.replacing("<tpNF>1", with: "<tpNF>2")) == .code(element: "ide/tpNF", text: "2"))
    #expect(
      try reason(xml.replacing("<finNFe>1", with: "<finNFe>x")) == .code(element: "ide/finNFe", text: "x"))
    #expect(try reason(xml.replacing("<mod>55", with: "<mod>57")) == .model("57"))
    #expect(
      try reason(xml.replacing("nItem=\"1\"", with: "nItem=\"0\"")) == .code(element: "det@nItem", text: "0"))
    #expect(
      try reason(xml.replacing("<CFOP>5102", with: "<CFOP>9102"))
        == .identifier(element: "prod/CFOP", text: "9102", .wrongCharacter(.cfop, position: 1)))
  }

  @Test func `an element inside a value is refused, a comment and a section of characters are not`() throws {
    let xml = try SampleTrade.one().xml()
    #expect(
      try reason(xml.replacing("<qCom>", with: "<qCom><b/>"))
        == .unexpectedElement("b", inside: "prod/qCom"))
    let odd = xml.replacing("<cProd>", with: "<cProd><!-- x --><![CDATA[").replacing(
      "</cProd>", with: "]]></cProd>")
    #expect(try invoice(odd) == invoice(xml))
  }

  @Test func `a party that is two is refused`() throws {
    let xml = try SampleTrade.one().xml()
    #expect(
      try reason(xml.replacing("<emit>", with: "<emit><CPF>52998224725</CPF>")) == .repeated("emit/CPF"))
    #expect(
      try reason(xml.replacing("<dest>", with: "<dest><CPF>52998224725</CPF>")) == .repeated("dest/CPF"))
  }

  @Test func `only the NFe of NF-e is one`() throws {
    let xml = "<cteProc xmlns='http://www.portalfiscal.inf.br/cte'><CTe><infNFe Id='NFe1'/></CTe></cteProc>"
    #expect(try reason(xml) == .otherDocument(.transport))
    #expect(try reason("<infNFe Id='NFe1'/>") == .unknownRoot("infNFe"))
    #expect(try reason("<nfeProc/>") == .noDocument)
    #expect(try reason("<NFe/>") == .missing("NFe/infNFe"))
    for document in OtherDocument.allCases { #expect(!document.explanation.isEmpty) }
  }

  @Test func `an undeclared encoding that is not UTF-8 is read as windows-1252, with a warning`() throws {
    var sample = try SampleTrade.one()
    sample.items[0].name = "Café \u{201C}forte\u{201D} 5 €"
    let latin = try sample.element().unicodeScalars.map { scalar -> UInt8 in
      switch scalar {
      case "\u{201C}": 0x93
      case "\u{201D}": 0x94
      case "€": 0x80
      default: UInt8(truncatingIfNeeded: scalar.value)
      }
    }
    let document = try #require(parser.parse(latin).documents.first)
    #expect(document.warnings == [.assumedEncoding])
    guard case .invoice(let invoice) = document.content else { throw Unexpected(content: document.content) }
    #expect(invoice.items[0].name == sample.items[0].name)
  }

  @Test func `what a key repeats is compared with it`() throws {
    var sample = try SampleTrade.one()
    let right = try sample.key
    sample.number += 1
    sample.id = right.text
    sample.protocolKey = right.text
    let warnings = try #require(parser.parse(sample.bytes()).documents.first).warnings
    #expect(
      warnings.contains(.keyDisagrees(.number, key: "\(right.number)", document: "\(right.number + 1)")))
    #expect(warnings.allSatisfy { $0.isDisagreement })
  }

  @Test func `sums that are none, repeated items and lots that do not add up are warned of`() throws {
    var sample = try SampleTrade.one()
    sample.items[0].lot = .init(number: "A", made: "2026-02-30", expires: "2027-01-01")
    let xml = try sample.xml()
    func warnings(_ xml: String) throws -> [Warning] {
      try #require(parser.parse(Array(xml.utf8)).documents.first).warnings
    }
    #expect(try warnings(xml).count == 1)
    #expect(try warnings(xml.replacing("<dFab>2026-02-30", with: "<dFab>2026-02-28")).isEmpty)
    let total = try sample.items[0].total.document
    let dearer = try Money(document: total) + Money(document: "0.02")
    let odd = xml.replacing("<vProd>\(total)</vProd><cEANTrib>", with: "<vProd>\(dearer)</vProd><cEANTrib>")
    #expect(try warnings(odd).contains { if case .itemTotal(1, _, dearer) = $0 { true } else { false } })
    #expect(try warnings(odd).contains { if case .goodsTotal = $0 { true } else { false } })
    let lots = xml.replacing(/<qLote>[^<]*/, with: "<qLote>0.5")
    #expect(try warnings(lots).contains { if case .lots(1, _, _) = $0 { true } else { false } })
    for warning in try warnings(odd) + warnings(lots) { #expect(!warning.explanation.isEmpty) }
  }
}

extension SampleTrade {
  /// One purchase of one item.
  static func one() throws -> SampleInvoice {
    let item = SampleItem(
      code: "P-1", name: "Parafuso & porca", gtin: "7891000315507", quantity: try Quantity(10),
      price: try UnitValue(document: "1.25"))
    return SampleInvoice(number: 42, emitter: SampleCompany.suppliers[0], recipient: .own, items: [item])
  }
}
