import CSQLite
import Foundation

extension Database {
  /// Copies an SQLite database to a file while it is in use.
  ///
  /// The copy is of one state: that of the moment it begins, as it reads in a transaction. It is complete or not there: it is written under another name
  /// and renamed at the end, replacing what was there.
  ///
  /// PostgreSQL is backed up by its own tool: `pg_dump --format=custom --file=estoque.dump "$DATABASE_URL"`, and restored by `pg_restore`.
  ///
  /// - Parameters:
  ///   - path: where the copy goes.
  ///   - progress: called after each piece, with pages done and pages in all; on a thread that may block.
  /// - Throws: ``DatabaseError``, of kind `unsupported` for PostgreSQL; `CancellationError`, and then no file is left.
  public func backup(
    to path: String, progress: @escaping @Sendable (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) async throws {
    if dialect != .sqlite {
      throw DatabaseError(.unsupported, "a PostgreSQL database is backed up by pg_dump")
    }
    try await snapshot { session in
      // Makes the snapshot begin now.
      _ = try session.value("SELECT count(*) FROM sqlite_master", as: Int.self)
      guard let source = session.connection as? SQLiteConnection else { return }
      try source.backUp(to: path, progress)
    }
  }
}

extension SQLiteConnection {
  fileprivate func backUp(to path: String, _ progress: (Int, Int) -> Void) throws {
    let temporary = path + ".part"
    unlink(temporary)
    do {
      try copy(to: temporary, progress)
      if rename(temporary, path) != 0 {
        throw DatabaseError(.inputOutput, "the backup cannot be renamed: \(String(cString: strerror(errno)))")
      }
    } catch {
      unlink(temporary)
      throw error
    }
  }

  private func copy(to path: String, _ progress: (Int, Int) -> Void) throws {
    var opened: OpaquePointer?
    defer { sqlite3_close_v2(opened) }
    let code = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nil)
    guard code == SQLITE_OK, let target = opened else {
      throw DatabaseError(.unreachable, "the backup cannot be created: \(path)", code: "\(code)")
    }
    guard let backup = sqlite3_backup_init(target, "main", handle, "main") else {
      throw DatabaseError(.other, String(cString: sqlite3_errmsg(target)))
    }
    var step = SQLITE_OK
    while step == SQLITE_OK || step == SQLITE_BUSY || step == SQLITE_LOCKED {
      if interruption.isCancelled { break }
      step = sqlite3_backup_step(backup, 1024)
      let all = Int(sqlite3_backup_pagecount(backup))
      progress(all - Int(sqlite3_backup_remaining(backup)), all)
    }
    sqlite3_backup_finish(backup)
    if step == SQLITE_DONE { return }
    if interruption.isCancelled { throw CancellationError() }
    throw DatabaseError(
      step & 0xff == SQLITE_FULL ? .diskFull : .inputOutput, String(cString: sqlite3_errstr(step)),
      code: "\(step)")
  }
}
