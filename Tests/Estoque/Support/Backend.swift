import EstoqueDatabase
import Foundation
import Revoada
import Testing

/// What the conformance tests run on.
package enum Backend: String, CaseIterable, CustomTestStringConvertible {
  case sqliteFile, sqliteMemory, postgres

  package var testDescription: String { rawValue }

  /// Those that this machine has. That PostgreSQL is missing shows in ``PostgresTests``.
  package static let available = allCases.filter { $0 != .postgres || PostgresServer.shared != nil }
  /// Those with more than one connection.
  package static let concurrent = available.filter { $0 != .sqliteMemory }

  /// Runs `body` with a new database, which is closed and removed afterwards.
  package func withDatabase(
    migrations: [Migration] = [], _ change: (inout DatabaseConfiguration) -> Void = { _ in },
    _ body: (Database) async throws -> Void
  ) async throws {
    try await withPlace { place in
      var configuration = place
      change(&configuration)
      let database = try Database(configuration)
      let result: Result<Void, any Error>
      do {
        if !migrations.isEmpty { try await database.migrate(migrations) }
        result = .success(try await body(database))
      } catch { result = .failure(error) }
      try await database.close()
      try result.get()
      // Nothing leaks, whatever the test did.
      let stats = await database.health().writers
      #expect(stats.borrowed == 0 && stats.leaked == 0 && stats.created == stats.destroyed)
    }
  }

  /// Runs `body` with a place for a database that any number of instances may open, and which is removed afterwards.
  package func withPlace(_ body: (DatabaseConfiguration) async throws -> Void) async throws {
    let file = "/tmp/estoque-\(UUID().uuidString).db"
    defer {
      for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + suffix) }
    }
    var configuration: DatabaseConfiguration =
      switch self {
      case .sqliteFile: .sqlite(file)
      case .sqliteMemory: .memory
      case .postgres: .postgres(try #require(PostgresServer.shared).createDatabase())
      }
    // Nobody waits in vain because the machine runs all other tests at the same time.
    configuration.pool.timeout = .seconds(600)
    try await body(configuration)
  }
}

/// The error that `body` throws, if it is a database's.
package func databaseError<R>(_ body: () async throws -> R) async -> DatabaseError? {
  do { _ = try await body() } catch { return error as? DatabaseError }
  return nil
}

/// Waits for what other threads do.
package func eventually(
  within seconds: Int = 5, at place: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
) async throws {
  for _ in 0..<seconds * 200 {
    if try await condition() { return }
    try await sleep(for: .milliseconds(5))
  }
  Issue.record("did not happen within \(seconds) s", sourceLocation: place)
}
