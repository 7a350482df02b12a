import CSQLite
import Foundation

extension SQLiteConnection {
  /// Copies the whole database to a new file.
  func copy(to path: String, _ progress: (Int, Int) -> Void) throws {
    let target = try Self.openCopy(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
    defer { sqlite3_close_v2(target) }
    try Self.copy(from: handle, to: target, progress) { interruption.isCancelled }
    // One file that is whole by itself, also for whoever only reads it.
    sqlite3_exec(target, "PRAGMA journal_mode = DELETE", nil, nil, nil)
  }

  /// Replaces a database, which nobody else may have open, by a copy; blocks.
  static func restore(_ settings: SQLiteSettings, from path: String) throws {
    let source = try openCopy(path, SQLITE_OPEN_READONLY)
    defer { sqlite3_close_v2(source) }
    try check(source, path)
    let target = try openCopy(settings.path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
    defer { sqlite3_close_v2(target) }
    // Whoever has the file open in WAL mode holds a shared lock on it, which this refuses at once.
    let code = sqlite3_exec(
      target, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT;", nil, nil, nil)
    if code != SQLITE_OK {
      throw DatabaseError(
        code == SQLITE_BUSY ? .busy : .corrupt,
        code == SQLITE_BUSY
          ? "somebody has \(settings.path) open: stop the service before you restore it"
          : "\(settings.path) cannot be replaced (\(String(cString: sqlite3_errmsg(target)))): remove it first",
        code: "\(code)")
    }
    try copy(from: source, to: target, { _, _ in }) { Task.isCancelled }
  }

  /// Refuses what is no sound database of this service.
  private static func check(_ copy: OpaquePointer, _ path: String) throws {
    let sound = firstText(copy, "PRAGMA quick_check(1)")
    let history = firstText(copy, "SELECT name FROM sqlite_master WHERE name = 'estoque_migration'")
    if sound != "ok" || history == nil {
      throw DatabaseError(
        .corrupt, "\(path) is no copy that `backup` made, or it is damaged: nothing was changed")
    }
  }

  private static func firstText(_ handle: OpaquePointer, _ sql: String) -> String? {
    var statement: OpaquePointer?
    defer { sqlite3_finalize(statement) }
    guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK,
      sqlite3_step(statement) == SQLITE_ROW, let text = sqlite3_column_text(statement, 0)
    else { return nil }
    return String(cString: text)
  }

  private static func openCopy(_ path: String, _ flags: Int32) throws(DatabaseError) -> OpaquePointer {
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(path, &opened, flags, nil)
    guard code == SQLITE_OK, let opened else {
      sqlite3_close_v2(opened)
      throw DatabaseError(.unreachable, "the file cannot be opened or created: \(path)", code: "\(code)")
    }
    return opened
  }

  private static func copy(
    from source: OpaquePointer, to target: OpaquePointer, _ progress: (Int, Int) -> Void,
    unless isCancelled: () -> Bool
  ) throws {
    guard let backup = sqlite3_backup_init(target, "main", source, "main") else {
      throw DatabaseError(.other, String(cString: sqlite3_errmsg(target)))
    }
    var step = SQLITE_OK
    while step == SQLITE_OK || step == SQLITE_BUSY || step == SQLITE_LOCKED {
      if isCancelled() { break }
      step = sqlite3_backup_step(backup, 1024)
      let all = Int(sqlite3_backup_pagecount(backup))
      progress(all - Int(sqlite3_backup_remaining(backup)), all)
    }
    sqlite3_backup_finish(backup)  // rolls back what is not done
    if step == SQLITE_DONE { return }
    if isCancelled() { throw CancellationError() }
    throw DatabaseError(
      step & 0xff == SQLITE_FULL ? .diskFull : .inputOutput, String(cString: sqlite3_errstr(step)),
      code: "\(step)")
  }
}
