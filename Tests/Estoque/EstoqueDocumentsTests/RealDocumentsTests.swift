import EstoqueDocuments
import EstoqueDomain
import EstoqueTestSupport
import Testing

@Suite(
  "Real documents", .enabled(if: TestData.folder != nil, "\(TestData.absent)"), .timeLimit(.minutes(10)))
struct RealDocumentsTests {
  private let parser = DocumentParser()

  @Test func `there are the samples that the manifest lists`() {
    #expect(TestData.documents("samples").count > 60)
    #expect(!TestData.documents("bad").isEmpty && TestData.documents("other").count > 5)
  }

  @Test(arguments: TestData.documents("samples"))
  func `a sample parses to what the manifest says`(file: TestData.File) throws {
    let parsed = try parser.parse(file.bytes())
    #expect(parsed.root == file["root"])
    #expect(parsed.documents.count == 1)
    let document = try #require(parsed.documents.first)
    switch document.content {
    case .invoice(let invoice):
      #expect(file["dv"] == "valid")
      #expect(invoice.key.text == file["chave"])
      #expect(String(invoice.items.count) == file["n_det"])
      #expect(invoice.layout.rawValue == file["layout"])
      #expect(String(invoice.model) == file["model"])
      #expect(String(invoice.operation.rawValue) == file["tpNF"])
      #expect(String(invoice.purpose.rawValue) == file["finNFe"])
      #expect(String(invoice.environment.rawValue) == file["tpAmb"])
      #expect(invoice.authorisation?.status.map(String.init) ?? "" == file["cStat"])
    case .event(let event):
      #expect(file["dv"] == "valid")
      #expect(event.key.text == file["chave"])
      #expect(String(event.environment.rawValue) == file["tpAmb"])
      #expect(event.receipt.map { String($0.status) } ?? "" == file["cStat"])
      #expect(event.type.description == file["tpEvento"])
    case .refused(let refusal):
      #expect(file["dv"] == "INVALID")
      #expect(refusal.key == file["chave"])
      guard case .identifier(_, _, .wrongCheckDigit(.accessKey, _, _)) = refusal.reason else {
        Issue.record("refused for \(refusal.reason)")
        return
      }
    }
  }

  @Test(arguments: TestData.documents("bad") + TestData.documents("other"))
  func `what is no document of NF-e is refused`(file: TestData.File) throws {
    let bytes = try file.bytes()
    let refusal = try #require(throws: Refusal.self) { try parser.parse(bytes) }
    switch (file["dir"], file["root"]) {
    case ("bad", _):
      guard case .unboundPrefix = refusal.reason else {
        Issue.record("\(refusal)")
        return
      }
    case (_, "mdfeProc"), (_, "MDFe"), (_, "eventoMDFe"): #expect(refusal.reason == .otherDocument(.manifest))
    case (_, "Envelope"): #expect(refusal.reason == .otherDocument(.soap))
    case (_, "retEnviNFe"), (_, "retConsReciNFe"): #expect(refusal.reason == .otherDocument(.lotReceipt))
    case (_, "inutNFe"): #expect(refusal.reason == .otherDocument(.voiding))
    case (_, let root): Issue.record("no expectation for \(root): \(refusal)")
    }
    #expect(!refusal.explanation.isEmpty)
  }

  @Test(arguments: TestData.documents("samples"))
  func `without a company every sample is an event, to be reviewed or refused`(file: TestData.File) throws {
    let judgement = Judge(companies: []).judge(try file.bytes(), named: file.name)
    if file["dv"] == "INVALID" {
      #expect(judgement.outcome == .refused)
    } else if file["tpEvento"].isEmpty {
      #expect(judgement.outcome == .review)
      #expect(judgement.documents[0].explanation.contains("no company configured"))
    } else {
      #expect(judgement.outcome == .event || judgement.outcome == .review)
    }
    #expect(judgement.key == file["chave"])
    #expect(judgement.digest.description == file["sha256"])
  }

  @Test(arguments: TestData.documents("samples"))
  func `the emitter's own stock goes the way of tpNF`(file: TestData.File) throws {
    guard case .invoice(let invoice)? = try parser.parse(file.bytes()).documents.first?.content,
      let company = invoice.emitter.identity.cnpj
    else { return }
    let judge = Judge(companies: [company], environment: invoice.environment)
    let judgement = try #require(judge.judge(file.bytes(), named: file.name).documents.first)
    switch judgement.verdict {
    case .accepted(_, let effect):
      #expect(invoice.authorisation?.isAuthorised == true)
      #expect(invoice.purpose == .normal || invoice.purpose == .return)
      #expect(effect.direction == (invoice.operation == .exit ? .out : .in))
      #expect(effect.lines.count == invoice.items.count { !$0.commercial.quantity.isZero })
    case .review(_, _, let doubts):
      #expect(!doubts.isEmpty)
    default: Issue.record("\(judgement.verdict)")
    }
  }

  @Test(arguments: TestData.documents("samples"))
  func `a sample cut off anywhere is refused`(file: TestData.File) throws {
    let bytes = try file.bytes()
    let end = bytes.lastIndex(of: UInt8(ascii: ">")) ?? 0
    for length in stride(from: 0, through: end, by: max(1, end / 150)) {
      #expect(throws: Refusal.self) { try parser.parse(Array(bytes[..<length])) }
    }
  }

  @Test(arguments: TestData.documents("samples"))
  func `a sample in another encoding says the same`(file: TestData.File) throws {
    let bytes = try file.bytes()
    var text = String(decoding: bytes, as: UTF8.self)
    if text.hasPrefix("\u{FEFF}") { text.removeFirst() }
    if text.hasPrefix("<?xml"), let end = text.firstRange(of: "?>") { text = String(text[end.upperBound...]) }
    let body = text.drop { $0.isWhitespace }
    guard body.unicodeScalars.allSatisfy({ $0.value < 0x100 && !(0x80..<0xA0).contains($0.value) }) else {
      return
    }
    let latin = body.unicodeScalars.map { UInt8($0.value) }

    for name in ["ISO-8859-1", "windows-1252", "iso-8859-1"] {
      let declaration = Array("<?xml version='1.0' encoding='\(name)'?>".utf8)
      #expect(try said(declaration + latin) == said(bytes))
    }
    let marked: [UInt8] = [0xEF, 0xBB, 0xBF] + Array(body.utf8)
    #expect(try said(marked) == said(bytes))
    #expect(try said(latin) == said(bytes))
    let wide: [UInt8] = [0xFE, 0xFF] + Array(body.utf16).flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    #expect(throws: Refusal.self) { try parser.parse(wide) }
  }

  /// What the documents of a file are, or why they are refused, wherever the lines break.
  private func said(_ file: [UInt8]) throws -> [String] {
    try parser.parse(file).documents.map {
      if case .refused(let refusal) = $0.content { "\(refusal.reason)" } else { "\($0.content)" }
    }
  }
}
