import Dispatch
import EstoqueTestSupport
import Revoada
import Testing

@testable import EstoqueDatabase

@Suite(.timeLimit(.minutes(10)))
struct TransactionTests {
  private struct Refused: Error {}
  private static let insert: SQL = "INSERT INTO product (code) VALUES (?1)"

  @Test(arguments: Backend.available)
  func errorsRollBack(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      try await database.createProducts()
      await #expect(throws: Refused.self) {
        try await database.transaction { session in
          try session.execute(Self.insert, "a")
          throw Refused()
        }
      }
      #expect(try await database.count() == 0)
      try await database.transaction { try $0.execute(Self.insert, "b") }
      #expect(try await database.count() == 1)
    }
  }

  @Test(arguments: Backend.available)
  func aFailedStatementFailsTheTransactionInBoth(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      try await database.createProducts()
      let later = await databaseError {
        try await database.transaction { session in
          try session.execute(Self.insert, "a")
          _ = try? session.execute(Self.insert, "a")
          try session.execute(Self.insert, "b")
        }
      }
      #expect(later?.kind == .transactionAborted)
      let swallowed = await databaseError {
        try await database.transaction { session in
          try session.execute(Self.insert, "a")
          _ = try? session.execute(Self.insert, "a")
        }
      }
      #expect(swallowed?.kind == .transactionAborted)
      #expect(try await database.count() == 0)
    }
  }

  @Test(arguments: Backend.available)
  func savepointsUndoWhatFailed(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      try await database.createProducts()
      try await database.transaction { session in
        try session.execute(Self.insert, "a")
        do {
          try session.savepoint {
            try session.execute(Self.insert, "b")
            try session.savepoint { try session.execute(Self.insert, "c") }
            try session.execute(Self.insert, "a")
          }
          Issue.record("there is an a")
        } catch let error as DatabaseError {
          #expect(error.violation?.kind == .unique)
        }
        try session.savepoint {
          try session.execute(Self.insert, "d")
          do {
            try session.savepoint {
              try session.execute(Self.insert, "e")
              throw Refused()
            }
          } catch is Refused {}
        }
      }
      let codes = try await database.read {
        try $0.query("SELECT code FROM product ORDER BY code") { try $0[0] as String }
      }
      #expect(codes == ["a", "d"])
      let outside = await databaseError { try await database.read { try $0.savepoint {} } }
      #expect(outside?.kind == .misuse)
    }
  }

  @Test(arguments: Backend.concurrent)
  func snapshotsSeeOneState(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      try await database.createProducts()
      let seen = Channel<Int>(capacity: 1)
      let changed = DispatchSemaphore(value: 0)  // the closure of a session is a thread's, and may block
      let reader = spawn {
        try await database.snapshot { session in
          let before = try session.value("SELECT count(*) FROM product", as: Int.self)
          _ = seen.trySend(before ?? -1)
          changed.wait()
          return (before, try session.value("SELECT count(*) FROM product", as: Int.self))
        }
      }
      #expect(try await seen.receive() == 0)
      try await database.transaction { try $0.execute(Self.insert, "a") }
      changed.signal()
      let (before, after) = try await reader.value
      #expect(before == 0 && after == 0)
      let refused = await databaseError { try await database.snapshot { try $0.execute(Self.insert, "b") } }
      #expect(refused?.kind == .readOnly)
    }
  }

  @Test(arguments: Backend.available)
  func concurrentIncrementsAreAllCounted(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      try await database.createProducts()
      try await database.transaction { try $0.execute("INSERT INTO product (code) VALUES ('a')") }
      try await withScope { scope in
        for _ in 0..<8 {
          scope.spawn {
            for _ in 0..<25 {
              // Read, then write: only serializable (or SQLite's single writer) makes that right.
              try await database.transaction(isolation: .serializable) { session in
                let old = try session.value("SELECT quantity FROM product", as: Int.self) ?? 0
                try session.execute("UPDATE product SET quantity = ?1", old + 1)
              }
            }
          }
        }
      }
      let quantity = try await database.read { try $0.value("SELECT quantity FROM product", as: Int.self) }
      #expect(quantity == 200)
    }
  }

  @Test(.enabled(if: Backend.available.contains(.postgres), "needs a PostgreSQL server"))
  func deadlocksAreRetried() async throws {
    try await Backend.postgres.withDatabase { database in
      try await database.createProducts()
      try await database.transaction { try $0.execute("INSERT INTO product (code) VALUES ('a'), ('b')") }
      try await database.pools.writers.withObject { _ in }
      let attempts = AtomicInteger()
      let bothHaveOne = CountDownLatch(2)
      try await withScope { scope in
        for (first, second) in [("a", "b"), ("b", "a")] {
          scope.spawn {
            try await database.transaction { session in
              let attempt = attempts.add(1)
              let update: SQL = "UPDATE product SET quantity = quantity + 1 WHERE code = ?1"
              try session.execute(update, first)
              if attempt <= 2 {
                bothHaveOne.countDown()
                try bothHaveOne.waitBlocking()
              }
              try session.execute(update, second)
            }
          }
        }
      }
      #expect(attempts.load() > 2)
      let sum = try await database.read { try $0.value("SELECT sum(quantity) FROM product", as: Int.self) }
      #expect(sum == 4)
    }
  }

  @Test(.enabled(if: Backend.available.contains(.postgres), "needs a PostgreSQL server"))
  func severalWorkersShareAQueueWithoutWaiting() async throws {
    try await Backend.postgres.withDatabase { database in
      try await database.createProducts()
      try await database.transaction { session in
        try session.insertMany(into: "product", ["code"], 0..<100) { number, row in row.write("job \(number)")
        }
      }
      let taken = Channel<String>(capacity: 1000)
      try await withScope { scope in
        for _ in 0..<5 {
          scope.spawn {
            while let code = try await database.transaction({ session in
              try session.first(
                "DELETE FROM product WHERE id = (SELECT id FROM product ORDER BY id LIMIT 1 \(.skipLocked)) RETURNING code"
              ) { try $0[0] as String }
            }) { try await taken.send(code) }
          }
        }
      }
      taken.close()
      var codes: [String] = []
      for try await code in taken { codes.append(code) }
      #expect(codes.count == 100 && Set(codes).count == 100)
    }
  }
}
