import EstoqueDocuments
import EstoqueDomain
import EstoqueSamples
import EstoqueTestSupport
import Testing

/// Real documents, against the official schemas and by their signatures.
@Suite(
  "Real checks", .enabled(if: TestData.path("nfe/xsd") != nil, "\(TestData.absent)"), .timeLimit(.minutes(10))
)
struct RealChecksTests {
  private let schemas: Schemas

  init() throws { schemas = try Schemas(folder: try #require(TestData.path("nfe/xsd"))) }

  private func content(_ bytes: [UInt8], _ checks: DocumentChecks) -> ParsedDocument? {
    try? DocumentParser(checks: checks).parse(bytes).documents.first
  }

  private func isSchemaRefusal(_ document: ParsedDocument?) -> Bool {
    if case .refused(let refusal)? = document?.content, case .schema = refusal.reason { true } else { false }
  }

  @Test func `a signed sample invoice and its events fit the official schemas`() throws {
    let (own, supplier) = (
      SampleCompany(cnpj: try CNPJ("11222333000181"), name: "Compradora Ltda"),
      SampleCompany(cnpj: try CNPJ(base: "112224440001"), name: "Fornecedora & Filhos Ltda")
    )
    var trade = SampleTrade(seed: 3)
    var invoice = try trade.invoice(7, items: 5)
    (invoice.emitter, invoice.recipient) = (supplier, own)
    let signer = TestSigner(try .company(supplier.cnpj.text))
    let checks = DocumentChecks(schemas: schemas, signatures: SignatureCheck(isRequired: true))
    for status in [100, nil] {
      invoice.status = status
      let document = try #require(content(Array(signer.sign(invoice).utf8), checks))
      guard case .invoice = document.content, document.warnings.isEmpty else {
        Issue.record("\(document)")
        continue
      }
    }
    let bad = try signer.sign(invoice).replacing("<CRT>3</CRT>", with: "<CRT>9</CRT>")
    guard case .refused(let refusal)? = content(Array(bad.utf8), checks)?.content,
      case .schema(let complaint) = refusal.reason
    else {
      Issue.record("not refused")
      return
    }
    #expect(complaint.kind == .enumeration && complaint.element == "CRT")
  }

  @Test func `an authorised sample whose signature is good fits`() throws {
    let signatures = SignatureCheck(isRequired: true)
    var (good, fitting, misfits) = ([String](), 0, [String]())
    for sample in TestData.documents("samples") {
      let bytes = try sample.bytes()
      let misfit = isSchemaRefusal(content(bytes, DocumentChecks(schemas: schemas)))
      if misfit { misfits.append(sample.name) } else if sample["layout"] == "4.00" { fitting += 1 }
      switch content(bytes, DocumentChecks(signatures: signatures))?.content {
      case .invoice?, .event?:
        good.append(sample.name)
        #expect(!misfit, "\(sample.name)")
      case .refused?, nil: break
      }
    }
    // The others were anonymised or reformatted when they were published, or have been signed with keys of 1024 bits.
    #expect(good.count >= 9, "\(good)")
    #expect(fitting >= 12 && misfits.count >= 12, "\(fitting) fit, \(misfits) do not")
  }
}
