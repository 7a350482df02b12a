import CSQLite
import EstoqueTestSupport
import Foundation
import Revoada
import Testing

@testable import EstoqueDatabase

@Suite(.timeLimit(.minutes(10)))
struct SQLiteTests {
  /// Two databases in one process stand for two processes: each has its own writer.
  @Test func busyWritersOfSeveralProcessesAllSucceed() async throws {
    try await Backend.sqliteFile.withDatabase { database in
      try await database.createProducts()
      try await database.transaction { try $0.execute("INSERT INTO product (code) VALUES ('a')") }
      var configuration = database.configuration
      if case .sqlite(var settings) = configuration.backend {
        settings.busyTimeout = .milliseconds(1)
        configuration.backend = .sqlite(settings)
      }
      let others = try (0..<3).map { _ in try Database(configuration) }
      try await withScope { scope in
        for other in others {
          for _ in 0..<2 {
            scope.spawn {
              for _ in 0..<25 {
                try await other.transaction { session in
                  try session.execute("UPDATE product SET quantity = quantity + 1")
                  usleep(1000)
                }
              }
            }
          }
        }
      }
      let quantity = try await database.read { try $0.value("SELECT quantity FROM product", as: Int.self) }
      #expect(quantity == 150)
      for other in others { try await other.close() }
    }
  }

  @Test func whoNeverGetsTheLockIsTold() async throws {
    try await Backend.sqliteFile.withDatabase({ $0.retry = .constant(attempts: 3, delay: .milliseconds(5)) })
    { database in
      try await database.createProducts()
      let other = try Database(database.configuration)
      let (locked, done) = (Channel<Int>(capacity: 1), DispatchSemaphore(value: 0))
      let holder = spawn {
        try await other.transaction { _ in
          _ = locked.trySend(0)
          done.wait()
        }
      }
      _ = try await locked.receive()
      let error = await databaseError { try await database.transaction { _ in } }
      #expect(error?.kind == .busy)
      // Readers do not mind.
      #expect(try await database.count() == 0)
      done.signal()
      try await holder.value
      try await other.close()
      try await database.transaction { _ in }
    }
  }

  @Test func aFullDiskIsToldAndLeavesTheDatabaseUsable() async throws {
    try await Backend.sqliteFile.withDatabase { database in
      try await database.createProducts()
      try await database.transaction { try $0.execute("INSERT INTO product (code) VALUES ('a')") }
      _ = try await database.transaction { try $0.value("PRAGMA max_page_count = 40", as: Int.self) }
      let error = await databaseError {
        try await database.transaction { session in
          _ = try session.insertMany(into: "product", ["code"], 0..<100_000) { number, row in
            row.write("code \(number)")
          }
        }
      }
      #expect(error?.kind == .diskFull && error?.isOutage == true)
      #expect(try await database.count() == 1)
      _ = try await database.transaction { try $0.value("PRAGMA max_page_count = 1000000", as: Int.self) }
      try await database.transaction { try $0.execute("INSERT INTO product (code) VALUES ('b')") }
      #expect(try await database.count() == 2)
    }
  }

  @Test func aBackupIsAConsistentCopyOfADatabaseInUse() async throws {
    try await Backend.sqliteFile.withDatabase { database in
      try await database.createProducts()
      try await database.transaction { session in
        _ = try session.insertMany(into: "product", ["code"], 0..<50_000) { number, row in
          row.write("code \(number)")
        }
      }
      let path = "/tmp/estoque-backup-\(UUID().uuidString).db"
      defer { try? FileManager.default.removeItem(atPath: path) }
      let steps = AtomicInteger()
      let writer = spawn {
        while !Task.isCancelled {
          try await database.transaction {
            try $0.execute("INSERT INTO product (code) SELECT 'n' || (max(id) + 1) FROM product")
          }
        }
      }
      try await database.backup(to: path) { done, all in
        steps.add(1)
        #expect(done <= all)
      }
      writer.cancel()
      _ = await writer.result
      #expect(steps.load() > 0)
      let copy = try Database(.sqlite(path))
      #expect(try await copy.count() >= 50_000)
      #expect(try await copy.read { try $0.value("PRAGMA integrity_check", as: String.self) } == "ok")
      try await copy.close()
      for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
      let nowhere = await databaseError { try await database.backup(to: "/nowhere/at/all.db") }
      #expect(nowhere?.kind == .unreachable)
    }
  }

  @Test func aFileThatIsNoDatabaseAndAFolderThatIsNotThere() async throws {
    let path = "/tmp/estoque-\(UUID().uuidString).db"
    try String(repeating: "no database ", count: 1000).write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    for (place, kind) in [(path, DatabaseError.Kind.corrupt), ("/nowhere/at/all.db", .unreachable)] {
      let database = try Database(.sqlite(place))
      #expect(await databaseError { _ = try await database.count() }?.kind == kind)
      #expect(await database.health().isUp == false)
      try await database.close()
    }
  }

  @Test func readersGoOnWhileOneWrites() async throws {
    try await Backend.sqliteFile.withDatabase { database in
      try await database.createProducts()
      let (written, done) = (Channel<Int>(capacity: 1), DispatchSemaphore(value: 0))
      let writer = spawn {
        try await database.transaction { session in
          try session.execute("INSERT INTO product (code) VALUES ('a')")
          _ = written.trySend(0)
          done.wait()
        }
      }
      _ = try await written.receive()
      for _ in 0..<10 { #expect(try await database.count() == 0) }
      done.signal()
      try await writer.value
      #expect(try await database.count() == 1)
    }
  }
}
