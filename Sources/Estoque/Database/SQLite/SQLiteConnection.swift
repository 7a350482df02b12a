import CSQLite
import Foundation

/// A connection to an SQLite database. Whoever has borrowed it from its pool uses it, one thread at a time.
final class SQLiteConnection: Connection, @unchecked Sendable {
  // Everything but `handle` and `interruption` is used by the borrower only; `interrupt` may come from any thread.

  let handle: OpaquePointer
  let interruption = Interruption()
  let dialect = SQLDialect.sqlite
  /// Whether the present session may change something.
  var isWriting = false
  private(set) var statements: StatementCache<SQLiteStatement>

  /// Done once. Refused, which is harmless, if another part of the process uses SQLite already.
  private static let configured = estoque_sqlite_keep_no_statistics()

  /// Opens a database.
  init(_ settings: SQLiteSettings, statementCache: Int) throws(DatabaseError) {
    _ = Self.configured
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
    let code = sqlite3_open_v2(settings.path, &opened, flags, nil)
    guard code == SQLITE_OK, let opened else {
      let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
      sqlite3_close_v2(opened)
      throw DatabaseError(.unreachable, "\(message): \(settings.path)", code: "\(code)")
    }
    handle = opened
    statements = StatementCache(capacity: statementCache)
    sqlite3_extended_result_codes(handle, 1)
    sqlite3_busy_timeout(
      handle,
      Int32(
        clamping: settings.busyTimeout.components.seconds * 1000
          + settings.busyTimeout.components.attoseconds / 1_000_000_000_000_000))
    // The flag outlives the handler: both end with this object.
    sqlite3_progress_handler(
      handle, 4000, { Unmanaged<Interruption>.fromOpaque($0!).takeUnretainedValue().isCancelled ? 1 : 0 },
      Unmanaged.passUnretained(interruption).toOpaque())
    do throws(DatabaseError) { try run(script: SQL(verbatim: settings.preamble)) } catch {
      close()
      throw error
    }
  }

  /// What breaks an SQLite connection are bugs; a damaged file stays damaged.
  var isUsable: Bool { sqlite3_get_autocommit(handle) != 0 }

  func close() {
    for statement in statements.removeAll() { statement.finalize() }
    sqlite3_close_v2(handle)
  }

  /// The progress handler sees the flag too; this also stops what runs long between two of its looks.
  func interrupt(_ generation: UInt64) { sqlite3_interrupt(handle) }

  // MARK: Statements

  func execute(_ sql: SQL, _ values: [SQLValue]) throws(DatabaseError) -> Int {
    let statement = try take(sql.sqlite)
    defer { giveBack(statement) }
    try statement.bind(values, sql.sqlite)
    while try statement.step(self) {}
    return statement.isReadOnly ? 0 : Int(sqlite3_changes64(handle))
  }

  func open(_ sql: SQL, _ values: [SQLValue], streamed: Bool) throws(DatabaseError) -> any Cursor {
    let statement = try take(sql.sqlite)
    do throws(DatabaseError) { try statement.bind(values, sql.sqlite) } catch {
      giveBack(statement)
      throw error
    }
    return SQLiteCursor(self, statement)
  }

  func run(script: SQL) throws(DatabaseError) {
    var code = SQLITE_OK
    script.sqlite.withCString { text in
      var rest: UnsafePointer<CChar>? = text
      while code == SQLITE_OK, let next = rest, next.pointee != 0 {
        var prepared: OpaquePointer?
        code = sqlite3_prepare_v2(handle, next, -1, &prepared, &rest)
        guard let prepared else { continue }  // only white space or a comment was left
        repeat { code = sqlite3_step(prepared) } while code == SQLITE_ROW
        if code == SQLITE_DONE { code = SQLITE_OK }
        sqlite3_finalize(prepared)
      }
    }
    if code != SQLITE_OK { throw failure(code) }
  }

  /// Steps one prepared statement for each row: measured faster than statements of many rows, which bind just as often and must be parsed.
  func insert(_ target: BulkInsert, _ next: (inout RowWriter) throws -> Bool) throws -> Int {
    let statement = try take(target.statement(.sqlite))
    defer { giveBack(statement) }
    var writer = RowWriter(.statement(statement.handle))
    var inserted = 0
    while try next(&writer) {
      while try statement.step(self) {}
      inserted += Int(sqlite3_changes64(handle))
      sqlite3_reset(statement.handle)
    }
    return inserted
  }

  // MARK: Transactions

  func begin(_ transaction: TransactionKind) throws(DatabaseError) {
    if case .changes = transaction { try command("BEGIN IMMEDIATE") } else { try command("BEGIN") }
  }
  func commit() throws(DatabaseError) { try command("COMMIT") }
  func rollback() throws(DatabaseError) {
    // Some failures, as a full disk, have rolled back already.
    if sqlite3_get_autocommit(handle) == 0 { try command("ROLLBACK") }
  }

  private func command(_ text: String) throws(DatabaseError) {
    let statement = try take(text)
    defer { giveBack(statement) }
    _ = try statement.step(self)
  }

  // MARK: Prepared statements

  private func take(_ text: String) throws(DatabaseError) -> SQLiteStatement {
    if let kept = statements.take(text) {
      try check(kept, text)
      return kept
    }
    var prepared: OpaquePointer?
    let code = sqlite3_prepare_v3(handle, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
    guard code == SQLITE_OK else { throw failure(code, text) }
    guard let prepared else { throw DatabaseError(.syntax, "the statement is empty", statement: text) }
    let statement = SQLiteStatement(prepared)
    let (kept, evicted) = statements.keep(statement, text)
    statement.isKept = kept
    evicted?.finalize()
    try check(statement, text)
    return statement
  }

  /// Refuses changes in a session that only reads: PostgreSQL does so by itself.
  private func check(_ statement: SQLiteStatement, _ text: String) throws(DatabaseError) {
    if isWriting || statement.isReadOnly { return }
    giveBack(statement)
    throw DatabaseError(.readOnly, "a change needs a transaction for changes", statement: text)
  }

  fileprivate func giveBack(_ statement: SQLiteStatement) {
    sqlite3_reset(statement.handle)
    sqlite3_clear_bindings(statement.handle)
    statement.isInUse = false
    if !statement.isKept { statement.finalize() }
  }
}

/// A prepared statement.
final class SQLiteStatement: CachedStatement {
  let handle: OpaquePointer
  let isReadOnly: Bool
  private let parameters: Int
  var isInUse = true
  var lastUse: UInt64 = 0
  /// Whether the cache has it; else it is finalized after its use.
  var isKept = false

  init(_ handle: OpaquePointer) {
    self.handle = handle
    parameters = Int(sqlite3_bind_parameter_count(handle))
    isReadOnly = sqlite3_stmt_readonly(handle) != 0
  }

  func finalize() { sqlite3_finalize(handle) }

  func bind(_ values: [SQLValue], _ text: String) throws(DatabaseError) {
    try DatabaseError.checkParameters(expected: parameters, given: values.count, text)
    for index in values.indices { try EstoqueDatabase.bind(values[index], to: handle, at: index + 1) }
  }

  /// Goes to the next row; false at the end.
  @inline(__always)
  func step(_ connection: SQLiteConnection) throws(DatabaseError) -> Bool {
    let code = sqlite3_step(handle)
    if code == SQLITE_ROW { return true }
    if code == SQLITE_DONE { return false }
    throw connection.failure(code)
  }
}

private final class SQLiteCursor: Cursor {
  private let connection: SQLiteConnection
  private let statement: SQLiteStatement

  init(_ connection: SQLiteConnection, _ statement: SQLiteStatement) {
    self.connection = connection
    self.statement = statement
  }

  func next() throws(DatabaseError) -> Bool { try statement.step(connection) }
  var row: Row { Row(.sqlite(statement.handle)) }
  func close() { connection.giveBack(statement) }
}

/// Has SQLite copy what is bound. (The macro `SQLITE_TRANSIENT` is a cast that Swift does not import.)
private let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

/// Binds a value to a placeholder, counted from 1.
func bind(_ value: SQLValue, to statement: OpaquePointer, at number: Int) throws(DatabaseError) {
  let index = Int32(clamping: number)
  let code: Int32
  switch value {
  case .null: code = sqlite3_bind_null(statement, index)
  case .integer(let value): code = sqlite3_bind_int64(statement, index, value)
  case .real(let value): code = sqlite3_bind_double(statement, index, value)
  case .text(var text):
    let bound: Int32? = text.withUTF8 { bytes in
      if memchr(bytes.baseAddress ?? UnsafePointer(bitPattern: 1)!, 0, bytes.count) != nil { return nil }
      return bytes.withMemoryRebound(to: CChar.self) {
        sqlite3_bind_text64(
          statement, index, $0.baseAddress ?? emptyText, sqlite3_uint64($0.count), transient,
          UInt8(SQLITE_UTF8))
      }
    }
    guard let bound else { throw .nul(inParameter: number) }
    code = bound
  case .blob(let blob):
    code =
      blob.isEmpty
      ? sqlite3_bind_zeroblob(statement, index, 0)
      : sqlite3_bind_blob64(statement, index, blob, sqlite3_uint64(blob.count), transient)
  }
  if code != SQLITE_OK {
    throw DatabaseError(
      code == SQLITE_TOOBIG ? .data : .parameters, "parameter \(number) cannot be bound", code: "\(code)")
  }
}

/// A null pointer would bind NULL.
private nonisolated(unsafe) let emptyText: UnsafePointer<CChar> = {  // never changed or freed
  let text = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
  text.initialize(to: 0)
  return UnsafePointer(text)
}()
