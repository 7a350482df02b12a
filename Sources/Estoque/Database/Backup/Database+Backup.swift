import Foundation
import RevoadaScheduling

extension Database {
  /// Copies the database to a file while it is in use.
  ///
  /// The copy is of one state. It is complete or not there: it is written under another name and renamed at the end, replacing what was there.
  /// ``restore(_:from:)`` reads it.
  ///
  /// An SQLite database is copied as it reads in a transaction that begins with this call; the file is itself an SQLite database. A
  /// PostgreSQL database is copied by its own tools, `pg_dump` and `pg_restore`.
  ///
  /// - Parameters:
  ///   - path: where the copy goes.
  ///   - progress: called after each piece, with pages done and pages in all; on a thread that may block.
  /// - Throws: ``DatabaseError``, of kind `unsupported` for PostgreSQL; `CancellationError`, and then no file is left.
  public func backup(
    to path: String, progress: @escaping @Sendable (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) async throws {
    if dialect != .sqlite { throw Self.hasItsOwnTools }
    let temporary = path + ".part"
    unlink(temporary)
    do {
      try await snapshot { session in
        // Makes the snapshot begin now.
        _ = try session.value("SELECT count(*) FROM sqlite_master", as: Int.self)
        guard let source = session.connection as? SQLiteConnection else { return }
        try source.copy(to: temporary, progress)
      }
      if rename(temporary, path) != 0 {
        throw DatabaseError(.inputOutput, "the backup cannot be renamed: \(String(cString: strerror(errno)))")
      }
    } catch {
      unlink(temporary)
      throw error
    }
  }

  private static var hasItsOwnTools: DatabaseError {
    DatabaseError(.unsupported, "a PostgreSQL database is copied by pg_dump and pg_restore")
  }

  /// Replaces all that a database holds by a copy that ``backup(to:progress:)`` made.
  ///
  /// In one step: it holds the copy, or what it held before. A database that anybody has open is refused with an error of kind `busy`. A copy that is damaged is refused before anything is changed.
  ///
  /// - Parameters:
  ///   - configuration: the database; its file is made if there is none.
  ///   - path: the copy.
  /// - Throws: ``DatabaseError``, of kind `unsupported` for PostgreSQL; `CancellationError`.
  public static func restore(_ configuration: DatabaseConfiguration, from path: String) async throws {
    guard case .sqlite(let settings) = configuration.backend else { throw hasItsOwnTools }
    guard access(path, R_OK) == 0 else {
      throw DatabaseError(
        .inputOutput, "the copy \(path) cannot be read: \(String(cString: strerror(errno)))")
    }
    try await offload { try SQLiteConnection.restore(settings, from: path) }
  }

  /// What is wrong with the database itself, in its own words: nothing, unless a disk or a program has damaged it.
  ///
  /// SQLite looks at every page, which takes its time; PostgreSQL has no such check that a user may run, so that this only tells whether it answers.
  public func damage() async throws -> [String] {
    try await snapshot { session in
      switch session.dialect {
      case .postgres:
        _ = try session.value("SELECT 1", as: Int.self)
        return []
      case .sqlite:
        return try session.query("PRAGMA integrity_check") { row in try row[0] as String }.filter {
          $0 != "ok"
        }
          + session.query("PRAGMA foreign_key_check") { row in
            "a row of \(try row[0] as String) refers to one of \(try row[2] as String) that is not there"
          }
      }
    }
  }
}
