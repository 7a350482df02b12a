import CommandTestSupport
import EstoqueDatabase
import EstoqueTestSupport
import Foundation
import Revoada
import Testing

/// The disk is full: people are told where and what to do, nothing is lost, and the work goes on when there is room.
@Suite(.enabled(if: SmallDisk.isPossible, Comment(rawValue: SmallDisk.problem)), .timeLimit(.minutes(10)))
struct FullDiskTests {
  /// Runs the service with its database on a small disk.
  private func withService(
    _ backend: Backend, megabytes: Int, _ body: (RunningService, SmallDisk) async throws -> Void
  ) async throws {
    let disk = try SmallDisk(megabytes: megabytes)
    defer { try? disk.remove() }
    let folder = try Folder()
    defer { folder.remove() }
    if backend == .postgres {
      // One of its own: it writes what others have changed to this disk, too.
      let server = try PostgresServer()
      let place = disk.path + "/database"
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
      let address = try server.createDatabase(in: place)
      defer {
        try? server.remove(address)
        try? server.stop()
      }
      try await RunningService.run(on: .postgres(address), folder: folder.url.path) {
        try await body($0, disk)
      }
    } else {
      try await RunningService.run(on: .sqlite(disk.path + "/estoque.db"), folder: folder.url.path) {
        try await body($0, disk)
      }
    }
  }

  private struct NotFull: Error {}

  /// Adds categories until there is no room for one.
  private func refused(_ service: RunningService) async throws -> WebClient.Answer {
    for number in 0..<5_000 {
      let name = "\(number) " + String(repeating: "x", count: 50)
      let answer = try await service.client.post("/api/categories", ["name": name])
      if answer.status != 201 { return answer }
    }
    throw NotFull()
  }

  @Test(arguments: Backend.concurrent) func aFullDatabaseIsToldAndGoneOnWith(on backend: Backend) async throws
  {
    try await withService(backend, megabytes: backend == .postgres ? 60 : 40) { service, disk in
      let (lines, first) = (12_000, 20)
      for number in 0..<first {
        #expect(
          try await service.client.upload("/api/nfe?name=a.xml", try Goods.invoice(number)).status == 202)
      }
      // A table for whose file there is room, but not for its movements.
      if backend != .postgres {
        // The log has room of its own.
        try await service.database.read { try $0.run(script: "PRAGMA wal_checkpoint(TRUNCATE)") }
      }
      disk.fill(leaving: 1 << 20)
      let started = try await service.client.upload(
        "/api/imports?kind=movements&name=lote.csv", Goods.table(0..<lines))
      #expect(started.status == 202, "\(started.text)")
      let job = try #require(started["id"] as? Int)
      try await eventually(within: 30) {
        let message = try await service.job("imports", job)["message"] as? String ?? ""
        return message.contains("disco do banco de dados está cheio: libere espaço")
      }
      disk.fill()
      let answer = try await refused(service)
      #expect(answer.status == 507 && answer.isProblem, "\(answer.text)")
      #expect((answer["detail"] as? String)?.contains("disco do banco de dados: libere espaço") == true)
      let invoice = try await service.client.upload("/api/nfe?name=b.xml", try Goods.invoice(first))
      #expect(invoice.status == 507 || invoice.status == 202, "\(invoice.text)")
      // Who reads is not refused, however often somebody tried to write.
      for _ in 0..<10 { #expect(try await service.client.get("/api/products?limit=5").status == 200) }
      #expect(try await service.isReady())
      disk.makeRoom()
      try await eventually(within: 30) {
        try await service.client.upload("/api/nfe?name=b.xml", try Goods.invoice(first)).status == 202
      }
      try await service.finish("imports", job)
      try await eventually(within: 30) {
        try await service.client.get("/api/nfe?state=waiting&limit=1")["total"] as? Int == 0
      }
      try await Goods(lines: lines, invoices: 0..<first + 1).expectBooked(in: service.database)
    }
  }

  @Test func aFullFolderIsToldAndGoneOnWith() async throws {
    let disk = try SmallDisk(megabytes: 16)
    defer { try? disk.remove() }
    let folder = try Folder()
    defer { folder.remove() }
    try await RunningService.run(on: .sqlite(folder.url.path + "/estoque.db"), folder: disk.path) { service in
      let lines = 6_000
      let started = try await service.client.upload(
        "/api/imports?kind=movements&name=lote.csv", Goods.table(0..<lines))
      try await service.finish("imports", try #require(started["id"] as? Int))
      disk.fill()
      let invoice = try await service.client.upload("/api/nfe?name=a.xml", try Goods.invoice(0))
      #expect(invoice.status == 507 && invoice.isProblem, "\(invoice.text)")
      #expect((invoice["detail"] as? String)?.contains("data.folder") == true)
      for format in ["csv", "xlsx"] {
        let export = try await service.client.post("/api/exports", ["kind": "movements", "format": format])
        let id = try #require(export["id"] as? Int)
        try await eventually(within: 20) {
          try await service.job("exports", id)["state"] as? String == "failed"
        }
        let message = try await service.job("exports", id)["message"] as? String ?? ""
        #expect(message.contains("não há espaço na pasta das exportações"), "\(format): \(message)")
      }
      // Nothing is left of what did not fit.
      disk.makeRoom()
      let room = disk.room
      #expect(room > 14 << 20, "\(room) bytes are free")
      #expect(try await service.client.upload("/api/nfe?name=a.xml", try Goods.invoice(0)).status == 202)
      for format in ["csv", "xlsx"] {
        let export = try await service.client.post("/api/exports", ["kind": "movements", "format": format])
        try await service.finish("exports", try #require(export["id"] as? Int))
      }
      try await eventually(within: 20) {
        try await service.client.get("/api/nfe?state=waiting&limit=1")["total"] as? Int == 0
      }
      try await Goods(lines: lines, invoices: 0..<1).expectBooked(in: service.database)
    }
  }
}
