import CoreMetrics
import EstoqueArchive
import EstoqueDomain
import EstoqueSamples
import EstoqueTestSupport
import Foundation
import MetricsTestKit
import Revoada
import Testing

@testable import EstoqueIntake

/// How documents come in, and how people learn what became of them.
@Suite(.timeLimit(.minutes(10)))
struct SubmittingTests {
  @Test(arguments: Backend.concurrent)
  func `an archive's files come in one by one`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      let archive = try TestArchive.zip([
        ("a.xml", Office.purchase(1).bytes()), ("sub/b.xml", Office.purchase(2).bytes()),
        ("c.pdf", Array("%PDF-1.4".utf8)), ("__MACOSX/._a.xml", [1]),
      ])
      let submission = try await office.intake.submit(
        [
          IntakeFile(name: "lote.zip", bytes: archive),
          IntakeFile(name: "ruim.zip", bytes: Array(archive.prefix(100))),
          IntakeFile(path: "/nada/disso.xml"),
        ], from: .upload)
      #expect(
        Set(submission.documents.map(\.file)) == [
          "lote.zip/a.xml", "lote.zip/sub/b.xml", "lote.zip/c.pdf", "ruim.zip", "/nada/disso.xml",
        ])
      #expect(submission.documents.suffix(2).map(\.state) == [.refused, .refused])
      try await office.intake.process()
      let counts = try await office.intake.counts()
      #expect(counts == [.accepted: 2, .refused: 3])
    }
  }

  @Test(arguments: Backend.concurrent)
  func `a lot's documents are worked on each for itself`(on backend: Backend) async throws {
    try await Office.open(on: backend, { $0.slice = 2 }) { office in
      var bare = try (1...5).map { try Office.purchase($0) }
      for index in bare.indices { bare[index].status = nil }
      bare[2].recipient = .customers[0]
      let lot =
        #"<enviNFe xmlns="http://www.portalfiscal.inf.br/nfe" versao="4.00"><idLote>1</idLote><indSinc>0</indSinc>"#
        + (try bare.map { try $0.element() }.joined()) + "</enviNFe>"
      try await office.take(Array(lot.utf8), "lote.xml")
      let documents = try await office.intake.documents().items.reversed()
      #expect(documents.map(\.state) == [.review, .review, .refused, .review, .review])
      #expect(documents.map(\.position) == [0, 1, 2, 3, 4] && Set(documents.map(\.batch)).count == 1)
      #expect(try documents.map(\.key) == bare.map { try $0.key.text })
      // The same again changes nothing.
      try await office.take(Array(lot.utf8), "lote.xml")
      let counts = try await office.intake.counts()
      #expect(counts == [.review: 4, .refused: 2, .duplicate: 4])
      let file = try await office.intake.file(of: documents.last!.id)
      #expect(file == Array(lot.utf8))
      let decided = try await office.intake.decide(.accept(), about: documents.last!.id)
      #expect(decided.state == .accepted && decided.number == 5)
    }
  }

  @Test(arguments: Backend.concurrent)
  func `too much is refused`(on backend: Backend) async throws {
    try await Office.open(
      on: backend,
      {
        $0.limits.files = 3
        $0.limits.bytes = 100_000
        $0.limits.documents.fileBytes = 50_000
      }
    ) { office in
      let small = IntakeFile(name: "a.xml", bytes: [65])
      await #expect(throws: IntakeFault.noFiles) { try await office.intake.submit([], from: .upload) }
      await #expect(throws: IntakeFault.tooManyFiles(limit: 3)) {
        try await office.intake.submit([small, small, small, small], from: .upload)
      }
      let large = IntakeFile(name: "b.xml", bytes: [UInt8](repeating: 65, count: 40_000))
      await #expect(throws: IntakeFault.tooLarge(limit: 100_000)) {
        try await office.intake.submit([large, large, large], from: .upload)
      }
      let tooLarge = IntakeFile(name: "c\0.xml", bytes: [UInt8](repeating: 65, count: 60_000))
      let submission = try await office.intake.submit([tooLarge], from: .upload)
      #expect(submission.documents.map(\.state) == [.refused] && submission.documents[0].file == "c?.xml")
      let document = try await office.document(submission.documents[0].id)
      #expect(document.reason.contains("mais de 48 KB"))
    }
  }

  @Test(arguments: Backend.concurrent)
  func `the service works on what comes, and others are told`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      let told = Guarded([Int64: Int]())
      let observation = office.database.observeChanges { changes in
        for row in changes.rows where row.table == IntakeDocument.table {
          told.withLock { $0[row.id, default: 0] += 1 }
        }
      }
      let service = spawn { try await office.intake.run() }
      var trade = SampleTrade(seed: 3)
      let files = try (1...40).map { IntakeFile(name: "\($0).xml", bytes: try trade.invoice($0).bytes()) }
      let receipts = try await office.intake.submit(files, from: .upload).documents
      // Once when it comes, once when it is settled.
      try await eventually { told.withLock { $0.count == 40 && $0.values.allSatisfy { $0 == 2 } } }
      let documents = try await office.intake.documents(receipts.map(\.id))
      #expect(documents.map(\.state) == Array(repeating: .accepted, count: 40))
      withExtendedLifetime(observation) {}
      office.intake.shutdown()
      try await service.value
    }
  }

  @Test(arguments: Backend.concurrent)
  func `a service that is cancelled at any moment loses nothing`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      var trade = SampleTrade(seed: 4)
      let files = try (1...60).map { IntakeFile(name: "\($0).xml", bytes: try trade.invoice($0).bytes()) }
      _ = try await office.intake.submit(files, from: .upload)
      for delay in 0..<8 {
        let instance = try office.another { $0.slice = 4 }
        let service = spawn { try await instance.intake.run() }
        try await sleep(for: .milliseconds(delay))
        service.cancel()
        _ = await service.result
      }
      try await office.intake.process()
      let counts = try await office.intake.counts()
      #expect(counts == [.accepted: 60])
    }
  }

  @Test func `the seed's metric counts what became of documents`() async throws {
    let metrics = TestMetrics()
    try await withMetricsFactory(metrics) {
      try await Office.open(on: .sqliteFile) { office in
        for _ in 0..<3 { try await office.take(Office.purchase()) }
      }
    }
    for (state, count) in [("accepted", 1), ("duplicate", 2)] {
      let counter = try metrics.expectCounter("nfe_processed_total", [("result", state)])
      #expect(counter.totalValue == count)
    }
  }
}
