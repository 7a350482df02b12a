import EstoqueDatabase
import EstoqueDomain
import EstoqueSamples
import EstoqueTestSupport
import Foundation
import Revoada
import Testing

@testable import EstoqueIntake

/// What the command says.
@Suite(.timeLimit(.minutes(10)))
struct ReportTests {
  private func files(_ invoices: [SampleInvoice]) throws -> [IntakeFile] {
    try invoices.enumerated().map { IntakeFile(name: "\($0.offset).xml", bytes: try $0.element.bytes()) }
  }

  @Test(arguments: Backend.concurrent)
  func `files are reported in their order`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      var refused = try Office.purchase(2)
      refused.recipient = .customers[0]
      let files = try files([Office.purchase(1), refused, Office.purchase(3)])
      let report = try await office.intake.report(files)
      #expect(report.files.map(\.state) == [.accepted, .refused, .accepted])
      #expect(
        report.files[0].line
          == "0.xml\taccepted\t\(try Office.purchase(1).key)\tentrada de 2 itens, 2 produtos criados")
      #expect(report.summary == "3 arquivos: 2 accepted, 1 refused")
      let again = try await office.intake.report(files)
      #expect(again.files.map(\.state) == [.duplicate, .refused, .duplicate])
      let postings = try await office.count("posting")
      #expect(postings == 2)
      let json = try JSONDecoder().decode(NFeReport.self, from: JSONEncoder().encode(report))
      #expect(json == report)
    }
  }

  @Test func `without a company it judges only`() async throws {
    try await Backend.sqliteFile.withDatabase { database in
      // Not even the tables are needed.
      let office = try Office(database) { $0.judge.companies = [] }
      let event = SampleEvent(of: try Office.purchase().key, type: 110_110)
      let report = try await office.intake.report(
        files([Office.purchase()])
          + [
            IntakeFile(name: "e.xml", bytes: event.bytes()), IntakeFile(path: "/nada"),
            IntakeFile(name: "x", bytes: []),
          ])
      #expect(report.files.map(\.state) == [.review, .event, .refused, .refused])
      #expect(report.files[0].reason.hasPrefix("nenhuma empresa configurada (no company configured)"))
    }
  }

  @Test func `a line is one line`() {
    let report = FileReport(file: "a\tb\nc.xml", state: .refused, key: "", reason: "d\re")
    #expect(report.line == "a b c.xml\trefused\t\td e")
    let reports = [IntakeState.accepted, .review, .review].map {
      FileReport(file: "lote.xml", state: $0, key: $0.rawValue, reason: "porque")
    }
    let worst = FileReport.worst(reports)
    #expect(worst?.reason == "2 de 3 documentos: porque" && worst?.key == "review")
    #expect(FileReport.worst([]) == nil)
  }
}

/// The watched folder.
@Suite(.timeLimit(.minutes(10)))
struct FolderTests {
  @Test(arguments: Backend.concurrent)
  func `files are taken in when they are whole, and moved`(on backend: Backend) async throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "folder-\(UUID())")
    try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: path) }
    func write(_ name: String, _ bytes: [UInt8]) throws {
      try Data(bytes).write(to: path.appending(path: name))
    }
    func names(_ folder: String = "") -> [String] {
      let found = try? FileManager.default.contentsOfDirectory(atPath: path.appending(path: folder).path)
      return (found ?? []).filter { !["processados", "recusados"].contains($0) }.sorted()
    }
    try await Office.open(on: backend) { office in
      let folder = WatchedFolder(path: path.path)
      let bytes = try Office.purchase().bytes()
      try write("a.xml", Array(bytes.prefix(1_000)))
      try write("ruim.XML", Array("nada".utf8))
      try write("leiame.txt", [65])
      try write(".b.xml", bytes)
      var look = FolderLook()
      try await office.intake.takeIn(folder, &look)
      #expect(names() == [".b.xml", "a.xml", "leiame.txt", "ruim.XML"])
      // Somebody is still writing it.
      try write("a.xml", bytes)
      try await office.intake.takeIn(folder, &look)
      #expect(names() == [".b.xml", "a.xml", "leiame.txt"] && names("recusados") == ["ruim.XML"])
      try await office.intake.takeIn(folder, &look)
      #expect(names() == [".b.xml", "leiame.txt"] && names("processados") == ["a.xml"])
      // Another one with the same name.
      try write("a.xml", bytes)
      for _ in 0..<2 { try await office.intake.takeIn(folder, &look) }
      #expect(names("processados") == ["a-1.xml", "a.xml"])
      let states = try await office.states()
      #expect(states == [.refused, .accepted, .duplicate])
    }
  }

  @Test func `the service watches its folder`() async throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "folder-\(UUID())")
    try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: path) }
    try Data(Office.purchase().bytes()).write(to: path.appending(path: "a.xml"))
    try await Office.open(
      on: .sqliteFile,
      {
        var folder = WatchedFolder(path: path.path)
        folder.every = .milliseconds(5)
        $0.folder = folder
      }
    ) { office in
      let service = spawn { try await office.intake.run() }
      try await eventually {
        FileManager.default.fileExists(atPath: path.appending(path: "processados/a.xml").path)
      }
      service.cancel()
      _ = await service.result
      let states = try await office.states()
      #expect(states == [.accepted])
    }
  }
}
