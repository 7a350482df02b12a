import EstoqueTestSupport
import Foundation

/// Where the databases are.
enum FaultPlace {
  /// A new file for each round.
  case files
  /// A new database for each round, of a server of its own, which ends with this process.
  case server(PostgresServer)
  /// Always the same one.
  case given(String)

  init(_ text: String) throws {
    switch text {
    case "sqlite": self = .files
    case "postgres": self = .server(try PostgresServer())
    default: self = .given(text)
    }
  }

  /// Runs `body` with the location of a database.
  func withDatabase<R>(_ body: (String) async throws -> R) async throws -> R {
    switch self {
    case .files:
      let file = FileManager.default.temporaryDirectory.appending(path: "faults-\(UUID()).db").path
      defer {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + suffix) }
      }
      return try await body(file)
    case .server(let server):
      let name = try server.createDatabase().databaseName
      return try await body("postgres:///\(name)?host=\(server.directory)&user=postgres")
    case .given(let location): return try await body(location)
    }
  }
}
