import Foundation
import Revoada
import Testing

@testable import EstoqueDatabase

/// What the conformance tests run on.
enum Backend: String, CaseIterable, CustomTestStringConvertible {
  case sqliteFile, sqliteMemory, postgres

  var testDescription: String { rawValue }

  /// Those that this machine has. That PostgreSQL is missing shows in ``PostgresTests``.
  static let available = allCases.filter { $0 != .postgres || PostgresServer.shared != nil }
  /// Those with more than one connection.
  static let concurrent = available.filter { $0 != .sqliteMemory }

  /// Runs `body` with a new database, which is closed and removed afterwards.
  func withDatabase(
    _ change: (inout DatabaseConfiguration) -> Void = { _ in }, _ body: (Database) async throws -> Void
  ) async throws {
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
    change(&configuration)
    let database = try Database(configuration)
    let result: Result<Void, any Error>
    do { result = .success(try await body(database)) } catch { result = .failure(error) }
    try await database.close()
    try result.get()
    // Nothing leaks, whatever the test did.
    let stats = database.pools.writers.stats
    #expect(stats.borrowed == 0 && stats.leaked == 0 && stats.created == stats.destroyed)
  }
}

extension Database {
  /// A table for tests.
  func createProducts() async throws {
    try await transaction { session in
      try session.run(
        script: """
          CREATE TABLE category (id BIGINT PRIMARY KEY, name TEXT);
          CREATE TABLE product (
            id \(.identity), code TEXT NOT NULL UNIQUE, name TEXT,
            quantity BIGINT NOT NULL DEFAULT 0 CONSTRAINT quantity_positive CHECK (quantity >= 0),
            category BIGINT CONSTRAINT product_category_fkey REFERENCES category (id), photo \(.blob), price DOUBLE PRECISION,
            active BOOLEAN NOT NULL DEFAULT TRUE);
          CREATE UNIQUE INDEX product_name_unique ON product (name, category);
          """)
    }
  }

  func count(_ table: String = "product") async throws -> Int {
    try await read { try $0.value(SQL(verbatim: "SELECT count(*) FROM \(table)"), as: Int.self) ?? -1 }
  }
}

/// The error that `body` throws, if it is a database's.
func databaseError<R>(_ body: () async throws -> R) async -> DatabaseError? {
  do { _ = try await body() } catch { return error as? DatabaseError }
  return nil
}

/// Waits for what other threads do.
func eventually(_ condition: () async throws -> Bool) async throws {
  for _ in 0..<1000 {
    if try await condition() { return }
    try await sleep(for: .milliseconds(5))
  }
  Issue.record("did not happen within 5 s")
}
