import EstoqueTestSupport
import Revoada
import Testing

@testable import EstoqueDatabase

@Suite(.timeLimit(.minutes(10)))
struct MigrationTests {
  private static let history = [
    Migration(
      1, "products",
      "CREATE TABLE product (id \(.identity), code TEXT NOT NULL); CREATE INDEX product_code ON product (code);"
    ),
    Migration(2, "names", "ALTER TABLE product ADD COLUMN name TEXT; -- a comment; with a semicolon\n"),
    Migration(5, "seed", "INSERT INTO product (code, name) VALUES ('a', 'x;y')"),
  ]

  @Test(arguments: Backend.available)
  func eachRunsOnce(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      let first = try await database.migrate(Array(Self.history.prefix(1)))
      #expect(first == [1])
      #expect(try await database.migrate(Self.history) == [2, 5])
      #expect(try await database.migrate(Self.history) == [])
      #expect(try await database.read { try $0.value("SELECT name FROM product", as: String.self) } == "x;y")
    }
  }

  @Test(arguments: Backend.available)
  func wrongHistoriesAreRefused(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      try await database.migrate(Self.history)
      await #expect(throws: MigrationError.unordered(version: 1)) {
        try await database.migrate([Self.history[1], Self.history[0]])
      }
      await #expect(throws: MigrationError.unordered(version: 0)) {
        try await database.migrate([Migration(0, "zero", "SELECT 1")])
      }
      await #expect(throws: MigrationError.unknown(version: 5, name: "seed")) {
        try await database.migrate(Array(Self.history.prefix(2)))
      }
      var changed = Self.history
      changed[1] = Migration(2, "names", "ALTER TABLE product ADD COLUMN title TEXT")
      await #expect(throws: MigrationError.changed(version: 2, name: "names")) {
        try await database.migrate(changed)
      }
      var late = Self.history
      late.insert(Migration(3, "late", "SELECT 1"), at: 2)
      await #expect(throws: MigrationError.skipped(version: 3, name: "late")) {
        try await database.migrate(late)
      }
    }
  }

  @Test(arguments: Backend.available)
  func eachTenIsAHistoryOfItsOwn(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      let parts = [1, 10, 11, 40].map { Migration($0, "m\($0)", "SELECT 1") }
      try await database.migrate(parts)
      var later = parts
      later.insert(Migration(12, "later", "CREATE TABLE later (x BIGINT)"), at: 3)
      later.insert(Migration(2, "first", "CREATE TABLE first (x BIGINT)"), at: 1)
      #expect(try await database.migrate(later) == [2, 12])
      #expect(try await database.migrate(later) == [])
    }
  }

  @Test(arguments: Backend.available)
  func aFailureUndoesItsMigrationOnly(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      let broken =
        Self.history + [
          Migration(6, "broken", "CREATE TABLE other (x BIGINT); INSERT INTO nowhere VALUES (1)")
        ]
      let error = await databaseError { try await database.migrate(broken) }
      #expect(error?.kind == .syntax)
      let mended = Self.history + [Migration(6, "mended", "CREATE TABLE other (x BIGINT)")]
      let versions = try await database.migrate(mended)
      #expect(versions == [6])
    }
  }

  @Test(arguments: Backend.concurrent)
  func instancesThatStartTogetherShareTheWork(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      let instances = try (0..<6).map { _ in try Database(database.configuration) }
      let history =
        Self.history
        + (6..<20).map { Migration($0, "t\($0)", SQL(verbatim: "CREATE TABLE t\($0) (x BIGINT)")) }
      let run = try await withThrowingTaskGroup(of: [Int].self) { group in
        for instance in instances { group.addTask { try await instance.migrate(history) } }
        var all: [Int] = []
        for try await versions in group { all += versions }
        return all
      }
      #expect(run.sorted() == history.map(\.version))
      for instance in instances { try await instance.close() }
    }
  }

  @Test(arguments: Backend.concurrent)
  func aChangeOfTheSchemaDoesNotBreakOtherConnections(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      try await database.migrate(Array(Self.history.prefix(1)))
      let read: @Sendable (Session) throws -> [String] = { session in
        try session.query("SELECT * FROM product") { row in try row[1] }
      }
      _ = try await database.snapshot(read)
      let other = try Database(database.configuration)
      try await other.transaction { session in
        try session.run(script: "DROP TABLE product; CREATE TABLE product (id BIGINT, code TEXT, more TEXT)")
        try session.execute("INSERT INTO product VALUES (1, 'x', 'y')")
      }
      #expect(try await database.snapshot(read) == ["x"])
      #expect(try await database.read(read) == ["x"])
      try await other.close()
    }
  }
}
