import EstoqueTestSupport
import Revoada
import Testing

@testable import EstoqueDatabase

@Suite(.timeLimit(.minutes(10)))
struct CancellationTests {
  /// Runs for ever.
  static let endless: SQL =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 0 FROM n) SELECT count(*) FROM n"

  @Test(arguments: Backend.available)
  func cancellingStopsTheRunningStatement(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      try await database.createProducts()
      let started = Channel<Int>(capacity: 1)
      let call = spawn {
        try await database.transaction { session in
          try session.execute("INSERT INTO product (code) VALUES ('a')")
          _ = started.trySend(0)
          // Even a body that does not want to stop must.
          _ = try? session.value(Self.endless, as: Int.self)
          _ = try? session.value(Self.endless, as: Int.self)
        }
      }
      _ = try await started.receive()
      call.cancel()
      await #expect(throws: CancellationError.self) { try await call.value }
      #expect(try await database.count() == 0)
    }
  }

  @Test(arguments: Backend.available)
  func deadlinesStopTheRunningStatement(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      for _ in 0..<3 {
        await #expect(throws: TimedOut.self) {
          try await withTimeout(.milliseconds(30)) {
            _ = try await database.read { try $0.value(Self.endless, as: Int.self) }
          }
        }
        let one = try await database.read { try $0.value("SELECT 1", as: Int.self) }
        #expect(one == 1)
      }
    }
  }

  /// A cancellation that comes too early or too late for a statement must neither be lost nor hit the next session.
  @Test(arguments: Backend.available)
  func cancellationsAtAnyMomentHitOnlyTheirOwn(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      try await database.createProducts()
      var random = SystemRandomNumberGenerator()
      for round in 0..<60 {
        let call = spawn {
          try await database.transaction { session in
            try session.execute("INSERT INTO product (code) VALUES (?1)", "cancelled \(round)")
            _ = try session.value(Self.endless, as: Int.self)
          }
        }
        try await sleep(for: .microseconds(Int.random(in: 0...3000, using: &random)))
        call.cancel()
        await #expect(throws: CancellationError.self) { try await call.value }
        try await database.transaction {
          try $0.execute("INSERT INTO product (code) VALUES (?1)", "kept \(round)")
        }
      }
      #expect(try await database.count() == 60)
    }
  }

  @Test(arguments: Backend.available)
  func waitingForAConnectionIsCancellable(_ backend: Backend) async throws {
    try await backend.withDatabase({ $0.pool.max = 1 }) { database in
      let held = try await database.pools.writers.acquire()
      let call = spawn { try await database.transaction { _ in } }
      try await eventually { database.pools.writers.stats.waiting == 1 }
      call.cancel()
      await #expect(throws: CancellationError.self) { try await call.value }
      #expect(database.pools.writers.stats.waiting == 0)
      try held.release()
      try await database.transaction { _ in }
    }
  }
}
