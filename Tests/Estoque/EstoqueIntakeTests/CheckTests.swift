import EstoqueDocuments
import EstoqueSamples
import EstoqueTestSupport
import Testing

@testable import EstoqueIntake

/// Schemas and signatures, where somebody asks for them.
@Suite(.timeLimit(.minutes(10)))
struct CheckTests {
  private let signed: String
  private let altered: String
  private let key: String

  init() throws {
    let invoice = try Office.purchase()
    signed = try TestSigner(.company(invoice.emitter.cnpj.text)).sign(invoice)
    altered = signed.replacing("<qCom>10", with: "<qCom>90")
    key = try invoice.key.text
  }

  @Test(arguments: Backend.concurrent)
  func `a warning is kept with the document and told by the command`(on backend: Backend) async throws {
    try await Office.open(
      on: backend, { $0.checks.signatures = SignatureCheck(isRequired: false) }
    ) { office in
      let files = [IntakeFile(name: "a.xml", bytes: Array(altered.utf8))]
      let report = try await office.intake.report(files)
      #expect(report.files.map(\.state) == [.accepted])
      #expect(report.files[0].warnings.contains("conteúdo alterado depois de assinado"))
      #expect(report.files[0].warningLines.contains("a.xml: aviso: conteúdo alterado depois de assinado"))
      let document = try #require(try await office.intake.documents().items.first)
      #expect(document.warnings == report.files[0].warnings)
    }
  }

  @Test(arguments: Backend.concurrent)
  func `a forged document never stands in the way of the real one`(on backend: Backend) async throws {
    try await Office.open(
      on: backend, { $0.checks.signatures = SignatureCheck(isRequired: true) }
    ) { office in
      let forged = try await office.take(Array(altered.utf8))
      #expect(forged.state == .refused && forged.key == key)
      #expect(forged.reason.hasPrefix("conteúdo alterado depois de assinado: peça o XML original"))
      let keys = try await office.count("nfe")
      #expect(keys == 0)
      let real = try await office.take(Array(signed.utf8))
      #expect(real.state == .accepted && real.warnings.isEmpty)
      // What nobody confirms is no cancellation, and what nobody signed is none either.
      let cancellation = SampleEvent(of: try Office.purchase().key, type: 110_111)
      let refused = try await office.take(cancellation)
      #expect(refused.state == .refused && refused.reason.hasPrefix("sem assinatura digital do emitente"))
      let event = try TestSigner(.company(Office.purchase().emitter.cnpj.text)).sign(cancellation)
      let applied = try await office.take(Array(event.utf8))
      #expect(applied.state == .event && applied.reason.hasSuffix("movimentos estornados"))
    }
  }

  @Test(arguments: Backend.concurrent)
  func `what does not fit the schema is refused, and taken when the schema has changed`(on backend: Backend)
    async throws
  {
    let tiny = try TinySchemas()
    defer { tiny.remove() }
    let schemas = try Schemas(folder: tiny.folder.path)
    let text = signed.replacing("<natOp>Venda de mercadoria</natOp>", with: "")
    try await Office.open(on: backend, { $0.checks.schemas = schemas }) { office in
      let document = try await office.take(Array(text.utf8))
      #expect(document.state == .refused && document.key == key)
      #expect(document.reason.contains("fora do esquema oficial") && document.reason.contains("linha 1"))
      let later = try await office.another().take(Array(text.utf8))
      #expect(later.state == .accepted)
    }
  }
}
