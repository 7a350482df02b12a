import CoreTestSupport
import EstoqueArchive
import EstoqueDatabase
import EstoqueDomain
import EstoqueStock
import EstoqueTestSupport
import Foundation
import Revoada
import Testing

@testable import EstoqueReports

/// A warehouse with a folder for exports.
struct Spool {
  let house: Warehouse
  let folder: String

  static func open(
    on backend: Backend, products: Int = 3, _ body: (Spool) async throws -> Void
  ) async throws {
    let folder = "/tmp/estoque-exports-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await Warehouse.open(on: backend, products: products) {
      try await body(Spool(house: $0, folder: folder))
    }
  }

  func exports(_ change: (inout ExportsConfiguration) -> Void = { _ in }) throws -> Exports {
    var configuration = ExportsConfiguration(folder: folder)
    (configuration.heartbeat, configuration.poll) = (.milliseconds(5), .milliseconds(20))
    change(&configuration)
    return try Exports(house.database, configuration)
  }

  /// Makes all that waits, and stops.
  func run(_ exports: Exports, until isEnough: @escaping () async throws -> Bool) async throws {
    let running = spawn { try await exports.run() }
    try await eventually(isEnough)
    exports.shutdown()
    try await running.value
  }

  func finished(_ request: ExportRequest, _ exports: Exports) async throws -> (job: ExportJob, bytes: Data) {
    let job = try await exports.start(request)
    try await run(exports) { try await exports.job(job.id).state.isEnd }
    let done = try await exports.job(job.id)
    #expect(done.state == .done, "\(done.message)")
    let file = try await exports.file(job.id)
    let bytes = try Data(contentsOf: URL(filePath: file.path))
    #expect(file.bytes == bytes.count && done.bytes == bytes.count)
    return (done, bytes)
  }

  var files: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted() }
}

@Suite(.timeLimit(.minutes(10)))
struct ExportTests {
  @Test(arguments: Backend.concurrent) func textIsWhatSpreadsheetsInBrazilRead(on backend: Backend)
    async throws
  {
    try await Spool.open(on: backend) { spool in
      let house = spool.house
      try await house.post(
        house.draft(.receipt, 10, cost: 123_456, reference: "=HYPERLINK(\"x\")"),
        house.draft(.issue, -3, reference: "NF; 2"))
      let (job, bytes) = try await spool.finished(ExportRequest(.movements, as: .csv), spool.exports())
      let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
      #expect(lines[0].hasPrefix("\u{FEFF}Número;Lançamento;Data;Tipo;Código;Produto;"))
      #expect(
        lines[1].hasSuffix(
          ";10/03/2026 12:00:00;entrada;P0;Produto 0;UN;PRINCIPAL;;10;1234,56;10;\"'=HYPERLINK(\"\"x\"\")\";;;test"
        ))
      #expect(lines[2].hasSuffix(";saída;P0;Produto 0;UN;PRINCIPAL;;-3;-370,37;7;\"NF; 2\";;;test"))
      #expect(lines.count == 4 && job.total == 2 && job.done == 2 && job.file == "movimentos-\(job.id).csv")
    }
  }

  @Test(arguments: Backend.concurrent) func textIsWhatProgramsRead(on backend: Backend) async throws {
    try await Spool.open(on: backend) { spool in
      let house = spool.house
      for day in 0..<4 as Range<Int64> {
        try await house.post(
          house.draft(.receipt, 1, of: 1, cost: 5, on: Warehouse.noon + day * Warehouse.day))
      }
      var request = ExportRequest(.movements, as: .csv, style: .plain)
      (request.from, request.to) = ("2026-03-11", "2026-03-12")
      let (_, bytes) = try await spool.finished(request, spool.exports())
      let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
      #expect(
        lines[0]
          == "id,posting,happenedAt,kind,code,product,unit,location,lot,quantity,cost,balance,reference,note,reverses,origin"
      )
      #expect(lines[1].hasSuffix(",2026-03-11T15:00:00Z,receipt,P1,Produto 1,UN,PRINCIPAL,,1,0.05,2,,,,test"))
      #expect(lines.count == 4 && lines[2].contains("2026-03-12"))
      var streamed = [UInt8]()
      for try await piece in try spool.exports().stream(request) { streamed += piece }
      #expect(Data(streamed) == bytes)
    }
  }

  @Test(arguments: Backend.concurrent) func stockAndProductsAreTablesToo(on backend: Backend) async throws {
    try await Spool.open(on: backend, products: 4) { spool in
      let house = spool.house
      try await house.post(
        house.draft(.receipt, 3, cost: 1_000), house.draft(.receipt, 2, at: house.branch.id, cost: 50))
      let exports = try spool.exports()
      let stock = String(
        decoding: try await spool.finished(ExportRequest(.stock, as: .csv), exports).bytes, as: UTF8.self)
      #expect(stock.contains("P0;Produto 0;UN;;;PRINCIPAL;3;5;10,00;3,3333333333;não\r\n"))
      #expect(stock.contains("P3;Produto 3;UN;;;PRINCIPAL;0;5;0,00;0,00;sim\r\n"))
      var request = ExportRequest(.products, as: .csv, style: .plain)
      request.search = "produto 0"
      let products = String(decoding: try await spool.finished(request, exports).bytes, as: UTF8.self)
      #expect(products.hasSuffix("\r\nP0,Produto 0,UN,,,,5,true,5,10.50\r\n"))
    }
  }

  @Test(arguments: Backend.concurrent) func spreadsheetsGoOnOnTheNextSheet(on backend: Backend) async throws {
    try await Spool.open(on: backend) { spool in
      let house = spool.house
      try await house.post((0..<25).map { _ in try house.draft(.receipt, 1, cost: 10) })
      let (job, _) = try await spool.finished(
        ExportRequest(.movements, as: .xlsx), spool.exports { $0.rowsPerSheet = 11 })
      #expect(job.done == 25)
      let archive = try ZipArchive(path: spool.folder + "/" + spool.files[0])
      let rows = try (1...3).map { number in
        let sheet = try #require(archive.file(named: "xl/worksheets/sheet\(number).xml"))
        return String(decoding: try archive.read(sheet), as: UTF8.self).components(separatedBy: "<row ").count
          - 1
      }
      #expect(rows == [11, 11, 6])
      let book = try #require(archive.file(named: "xl/workbook.xml"))
      #expect(String(decoding: try archive.read(book), as: UTF8.self).contains("Movimentos 3"))
    }
  }

  @Test(arguments: Backend.concurrent) func labelsAreMadeForAllThatHaveABarCode(on backend: Backend)
    async throws
  {
    try await Spool.open(on: backend) { spool in
      _ = try await spool.house.database.transaction {
        try $0.addProduct(Product.Details(code: "MAÇÃ", name: "Sem código"), at: 1)
      }
      let (job, bytes) = try await spool.finished(ExportRequest(.labels, as: .pdf), spool.exports())
      #expect(
        job.done == 3 && job.failed == 1 && job.message.contains("MAÇÃ")
          && bytes.starts(with: Data("%PDF".utf8)))
      // One product has its own label, in use or not.
      var one = ExportRequest(.labels, as: .pdf)
      one.product = try await spool.house.database.transaction { session in
        try session.addProduct(
          Product.Details(code: "VELHO", name: "Fora de linha", isActive: false), at: 1
        ).id
      }
      let (single, _) = try await spool.finished(one, spool.exports())
      #expect(single.total == 1 && single.done == 1)
      let few = try spool.exports { $0.labels = 2 }
      let refused = try await few.start(ExportRequest(.labels, as: .pdf))
      try await spool.run(few) { try await few.job(refused.id).state.isEnd }
      let failed = try await few.job(refused.id)
      #expect(failed.state == .failed && failed.message.contains("no máximo 2"))
      await #expect(throws: ExportFault.wrongState(refused.id, .failed)) { try await few.file(refused.id) }
    }
  }

  @Test(arguments: Backend.concurrent) func labelsAreMadeAtOnce(on backend: Backend) async throws {
    try await Spool.open(on: backend) { spool in
      let exports = try spool.exports()
      func sheets(_ pdf: [UInt8]) -> Int {
        String(decoding: pdf, as: UTF8.self).components(separatedBy: "/Type /Page\n").count - 1
      }
      let all = ExportRequest(.labels, as: .pdf)
      let three = try await exports.labels(all)
      #expect(three.starts(with: "%PDF".utf8) && sheets(three) == 1)
      #expect(sheets(try await exports.labels(all, copies: 11)) == 2)
      #expect(sheets(try await exports.labels(all, copies: 10, skipping: 1)) == 2)
      await #expect(throws: ExportFault.tooManyLabels(501, limit: 500)) {
        try await exports.labels(all, copies: 167)
      }
      await #expect(throws: ExportFault.tooManyLabels(Int.max, limit: 500)) {
        try await exports.labels(all, copies: .max)
      }
      var one = all
      one.product = try await spool.house.database.transaction {
        try $0.addProduct(Product.Details(code: "MAÇÃ", name: "Sem código"), at: 1).id
      }
      await #expect(throws: ExportFault.noLabels) { try await exports.labels(one) }
      one.product = Product.ID(rawValue: 999)
      await #expect(throws: ExportFault.noLabels) { try await exports.labels(one) }
      let none = ExportRequest(.labels, as: .pdf, search: "nada disso")
      await #expect(throws: ExportFault.noLabels) { try await exports.labels(none) }
    }
  }

  @Test(arguments: Backend.concurrent) func jobsAreCancelledAndDeleted(on backend: Backend) async throws {
    try await Spool.open(on: backend) { spool in
      let exports = try spool.exports {
        $0.checkpoint = { if $0 == .counted { try await sleep(for: .seconds(3600)) } }
      }
      let request = ExportRequest(.movements, as: .csv)
      let waiting = try await exports.start(request, user: User.ID(rawValue: 7))
      #expect(try await exports.cancel(waiting.id).state == .cancelled)
      await #expect(throws: ExportFault.wrongState(waiting.id, .cancelled)) {
        try await exports.cancel(waiting.id)
      }
      let told = Guarded([Int64: Int]())
      let observation = spool.house.database.observeChanges { changes in
        for row in changes.rows where row.table == ExportJob.table {
          told.withLock { $0[row.id, default: 0] += 1 }
        }
      }
      let job = try await exports.start(request)
      await #expect(throws: ExportFault.wrongState(job.id, .waiting)) { try await exports.delete(job.id) }
      let running = spawn { try await exports.run() }
      try await eventually { try await exports.job(job.id).state == .running }
      try await exports.cancel(job.id)
      // Its worker heeds it and is free again.
      let next = try await exports.start(request)
      try await eventually { try await exports.job(next.id).state == .running }
      exports.shutdown()
      try await running.value
      let (first, second) = (try await exports.job(job.id), try await exports.job(next.id))
      #expect(
        first.state == .cancelled && second.state == .waiting && second.attempts == 0 && spool.files.isEmpty)
      // When it was added, taken and cancelled, and at each heartbeat.
      #expect(told.withLock { $0[job.id.rawValue] ?? 0 } >= 3)
      withExtendedLifetime(observation) {}
      let found = try await exports.jobs([job.id, next.id, ExportJob.ID(rawValue: 999)])
      #expect(found.map(\.id) == [job.id, next.id])
      try await exports.delete(job.id)
      await #expect(throws: ExportFault.unknownJob(job.id)) { try await exports.job(job.id) }
      let (all, own) = (try await exports.jobs(), try await exports.jobs(user: User.ID(rawValue: 7)))
      #expect(all.map(\.id) == [next.id, waiting.id] && own.map(\.id) == [waiting.id])
    }
  }

  /// Wherever a process ends, another one makes the file once its lease is over.
  @Test(arguments: Backend.concurrent) func whatACrashLeftIsMadeByAnother(on backend: Backend) async throws {
    try await Spool.open(on: backend) { spool in
      let house = spool.house
      try await house.post((0..<50).map { _ in try house.draft(.receipt, 1, cost: 10) })
      for point in [ExportCheckpoint.claimed, .counted, .written, .renamed] {
        let crashing = try spool.exports {
          $0.checkpoint = { if $0 == point { throw ExportCrash() } }
          $0.concurrency = 1
        }
        let job = try await crashing.start(ExportRequest(.movements, as: .csv))
        await #expect(throws: (any Error).self) { try await crashing.run() }
        let left = try await crashing.job(job.id)
        #expect(left.state == .running)
        // Its lease is not over: another worker takes the next job only.
        let early = try spool.exports()
        let next = try await early.start(ExportRequest(.products, as: .csv))
        try await spool.run(early) { try await early.job(next.id).state == .done }
        try await early.delete(next.id)
        #expect(try await early.job(job.id).state == .running)
        let later = try spool.exports { $0.clock = { Warehouse.noon + 1_000_000 * Warehouse.day } }
        try await spool.run(later) { try await later.job(job.id).state.isEnd }
        let done = try await later.job(job.id)
        #expect(done.state == .done && done.attempts == 2 && done.done == 50)
        let text = try String(contentsOfFile: try await later.file(job.id).path, encoding: .utf8)
        #expect(text.components(separatedBy: "\r\n").count == 52)
        try await later.delete(job.id)
        #expect(spool.files.isEmpty)
      }
      let unlucky = try spool.exports { $0.attempts = 1 }
      let job = try await unlucky.start(ExportRequest(.movements, as: .csv))
      try await house.database.transaction {
        _ = try $0.execute("UPDATE export_job SET attempts = 1 WHERE id = ?1", job.id)
      }
      try await spool.run(unlucky) { try await unlucky.job(job.id).state.isEnd }
      #expect(try await unlucky.job(job.id).state == .failed)
    }
  }

  @Test(arguments: Backend.concurrent) func aReaderWhoLeavesStopsTheStatement(on backend: Backend)
    async throws
  {
    try await Spool.open(on: backend) { spool in
      let house = spool.house
      try await house.post((0..<3000).map { _ in try house.draft(.receipt, 1, cost: 10) })
      let exports = try spool.exports()
      var pieces = 0
      for try await piece in try exports.stream(ExportRequest(.movements, as: .csv)) {
        pieces += 1
        #expect(piece.count >= 64 * 1024)
        break
      }
      #expect(pieces == 1)
      let reading = spawn {
        for try await _ in try exports.stream(ExportRequest(.movements, as: .csv)) {
          try await sleep(for: .seconds(3600))
        }
      }
      try await eventually { await house.database.health().readers.borrowed > 0 }
      reading.cancel()
      await #expect(throws: CancellationError.self) { try await reading.value }
      try await eventually { await house.database.health().readers.borrowed == 0 }
    }
  }

  @Test(arguments: Backend.concurrent) func whatIsOldIsRemoved(on backend: Backend) async throws {
    try await Spool.open(on: backend) { spool in
      let (job, _) = try await spool.finished(ExportRequest(.products, as: .csv), spool.exports())
      let path = spool.folder + "/export-9.csv.1.part"
      #expect(FileManager.default.createFile(atPath: path, contents: Data()))
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 0)], ofItemAtPath: path)
      let keeper = try spool.exports {
        $0.clock = { Warehouse.noon + 1_000_000 * Warehouse.day }
        $0.keep = nil
      }
      try await keeper.clean()
      #expect(try await keeper.job(job.id).state == .done)
      let later = try spool.exports { $0.clock = { Warehouse.noon + 1_000_000 * Warehouse.day } }
      try await later.clean()
      #expect(spool.files.isEmpty)
      await #expect(throws: ExportFault.unknownJob(job.id)) { try await later.file(job.id) }
    }
  }

  @Test func nonsenseIsRefused() async throws {
    let database = try Database(.memory)
    let exports = try Exports(database, ExportsConfiguration(folder: "/tmp/estoque-none"))
    for (kind, format) in [(ExportKind.labels, ExportFormat.csv), (.stock, .pdf)] {
      await #expect(throws: ExportFault.unsupported(kind, format)) {
        try await exports.start(ExportRequest(kind, as: format))
      }
      #expect(throws: ExportFault.self) { try exports.stream(ExportRequest(kind, as: format)) }
    }
    for change in [
      { $0.folder = "" }, { $0.concurrency = 0 }, { $0.heartbeat = .seconds(60) }, { $0.keep = .zero },
    ] as [(inout ExportsConfiguration) -> Void] {
      var configuration = ExportsConfiguration(folder: "/tmp")
      change(&configuration)
      #expect(throws: InvalidSetting.self) { try Exports(database, configuration) }
    }
  }
}
