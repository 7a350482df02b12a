import EstoqueDatabase
import EstoqueDocuments
import EstoqueDomain
import EstoqueTestSupport
import Testing

@testable import EstoqueIntake

/// Real documents, as they were published.
@Suite("Real intake", .enabled(if: TestData.folder != nil, "\(TestData.absent)"), .timeLimit(.minutes(10)))
struct RealIntakeTests {
  @Test(arguments: Backend.concurrent)
  func `all samples, twice in a row`(on backend: Backend) async throws {
    let samples = TestData.documents("samples")
    // Each emitter is the company in turn, so to say: all of them are its branches.
    var companies: Set<CNPJ> = []
    for sample in samples {
      guard let documents = try? DocumentParser().parse(sample.bytes()).documents else { continue }
      for case .invoice(let invoice) in documents.map(\.content) {
        if let company = invoice.emitter.identity.cnpj { companies.insert(company) }
      }
    }
    let files = try samples.map { IntakeFile(name: $0.name, bytes: try $0.bytes()) }
    try await Office.open(on: backend, { $0.judge.companies = companies }) { office in
      let first = try await office.intake.report(files)
      #expect(first.files.map(\.file) == samples.map(\.name))
      for (report, sample) in zip(first.files, samples) {
        #expect(report.key == sample["chave"] && !report.reason.isEmpty && report.state != .waiting)
        if sample["dv"] == "INVALID" { #expect(report.state == .refused) }
        #expect(!report.reason.contains("erro"), "\(report.line)")
      }
      let counts = Dictionary(uniqueKeysWithValues: first.counts.map { ($0.state, $0.count) })
      #expect(counts[.accepted, default: 0] >= 10 && counts[.event, default: 0] >= 1)
      let tables = ["movement", "posting", "nfe", "nfe_event", "product", "supplier_product", "lot"]
      var before: [Int] = []
      for table in tables { before.append(try await office.count(table)) }
      let second = try await office.intake.report(files)
      var after: [Int] = []
      for table in tables { after.append(try await office.count(table)) }
      #expect(before == after)
      for (first, second) in zip(first.files, second.files) {
        #expect(second.key == first.key)
        switch first.state {
        case .accepted, .event, .review, .duplicate: #expect(second.state == .duplicate, "\(second.line)")
        default: #expect(second.state == first.state, "\(second.line)")
        }
      }
    }
  }

  @Test(arguments: ["bad", "other"])
  func `what is no document of NF-e is refused`(directory: String) async throws {
    let files = try TestData.documents(directory).map { IntakeFile(name: $0.name, bytes: try $0.bytes()) }
    try await Office.open(on: .sqliteFile) { office in
      let report = try await office.intake.report(files)
      #expect(!files.isEmpty && report.files.allSatisfy { $0.state == .refused && !$0.reason.isEmpty })
    }
  }
}
