import CPostgreSQL
import Foundation

/// A connection to a PostgreSQL server. Whoever has borrowed it from its pool uses it, one thread at a time.
///
/// libpq's blocking calls on the offload pool: a pool of 25 connections needs at most 25 threads, which do nothing but wait, and a round trip
/// costs more than the change of threads. Statements outside of transactions cannot change anything
/// (`default_transaction_read_only`), which costs nothing, unlike a transaction around each read.
final class PostgresConnection: Connection, @unchecked Sendable {
  // Everything but `handle` and `interruption` is used by the borrower only; `interrupt` may come from any thread.

  let handle: OpaquePointer
  let interruption = Interruption()
  let dialect = SQLDialect.postgres
  var isWriting = false
  let canceller: PostgresCanceller
  private(set) var statements: StatementCache<PostgresStatement>
  private var lastName = 0
  private var binding = PostgresBinding()
  private var isCommitting = false
  /// The types of columns by table and name, of the tables that many rows at once went into.
  var columnTypes: [String: [String: String]] = [:]

  /// Connects; blocks until that is done, the time is over, or `isCancelled` says so.
  init(_ address: PostgresAddress, statementCache: Int, isCancelled: () -> Bool) throws(DatabaseError) {
    let handle = try PostgresConnecting(address).connect(isCancelled)
    guard let canceller = PostgresCanceller(handle) else {
      PQfinish(handle)
      throw DatabaseError(.unreachable, "out of memory")
    }
    self.handle = handle
    self.canceller = canceller
    statements = StatementCache(capacity: statementCache)
    PQsetNoticeReceiver(handle, { _, _ in }, nil)  // else libpq writes notices to the standard error
    do throws(DatabaseError) {
      try run(
        script: """
          SET default_transaction_read_only = on; SET bytea_output = hex; SET DateStyle = ISO;
          SET TimeZone = 'UTC'; SET standard_conforming_strings = on
          """)
    } catch {
      close()
      throw error
    }
  }

  /// Looks whether the server has hung up, without a round trip. After a cancellation a late signal of the server could hit the next
  /// statement: such a connection is given up.
  var isUsable: Bool {
    if interruption.isCancelled || PQstatus(handle) != CONNECTION_OK { return false }
    if PQtransactionStatus(handle) != PQTRANS_IDLE { return false }
    return !PostgresResult.hasGoodbye(handle)
  }

  func close() { PQfinish(handle) }

  func interrupt(_ generation: UInt64) {
    canceller.cancel(generation, of: interruption, socket: PQsocket(handle))
  }

  // MARK: Statements

  func execute(_ sql: SQL, _ values: [SQLValue]) throws(DatabaseError) -> Int {
    let result = try run(sql.postgres, values)
    defer { PQclear(result) }
    return PostgresResult.changedRows(result)
  }

  func open(_ sql: SQL, _ values: [SQLValue], streamed: Bool) throws(DatabaseError) -> any Cursor {
    if !streamed { return PostgresRows(try run(sql.postgres, values)) }
    // Not prepared: planning is nothing beside so many rows, and a kept plan could be stale when nothing can be retried.
    let numbered = NumberedStatement(sql.postgres)
    try binding.fill(values, expected: numbered.parameters, sql.postgres)
    let sent = binding.withPointers { count, values, lengths, formats in
      PQsendQueryParams(handle, numbered.text, count, nil, values, lengths, formats, 0)
    }
    guard sent == 1, PQsetSingleRowMode(handle) == 1 else { throw failure(nil) }
    return PostgresStream(self)
  }

  func run(script: SQL) throws(DatabaseError) { PQclear(try check(PQexec(handle, script.postgres))) }

  /// A statement's whole result, to be cleared.
  private func run(_ text: String, _ values: [SQLValue]) throws(DatabaseError) -> OpaquePointer {
    let statement = try take(text)
    defer { giveBack(statement) }
    try binding.fill(values, expected: statement.parameters, text)
    return try check(
      binding.withPointers { count, values, lengths, formats in
        PQexecPrepared(handle, statement.name, count, values, lengths, formats, 0)
      })
  }

  // MARK: Transactions

  func begin(_ transaction: TransactionKind) throws(DatabaseError) {
    switch transaction {
    case .none: return
    case .snapshot: try command("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    case .changes(.readCommitted): try command("BEGIN READ WRITE")
    case .changes(.serializable): try command("BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE")
    }
  }

  func commit() throws(DatabaseError) {
    isCommitting = true
    defer { isCommitting = false }
    try command("COMMIT")
  }

  func rollback() throws(DatabaseError) {
    // A connection whose session was cancelled is closed, which rolls back too and need not wait for anything.
    if interruption.isCancelled || PQstatus(handle) != CONNECTION_OK { return }
    if PQtransactionStatus(handle) != PQTRANS_IDLE { try command("ROLLBACK") }
  }

  private func command(_ text: String) throws(DatabaseError) { PQclear(try check(PQexec(handle, text))) }

  // MARK: Prepared statements

  func take(_ text: String) throws(DatabaseError) -> PostgresStatement {
    if let kept = statements.take(text) { return kept }
    lastName += 1
    let numbered = NumberedStatement(text)
    let statement = PostgresStatement(name: "s\(lastName)", parameters: numbered.parameters)
    do throws(DatabaseError) {
      PQclear(try check(PQprepare(handle, statement.name, numbered.text, 0, nil)))
    } catch {
      var error = error
      error.statement = text
      throw error
    }
    let (kept, evicted) = statements.keep(statement, text)
    statement.isKept = kept
    if let evicted { forget(evicted) }
    return statement
  }

  func giveBack(_ statement: PostgresStatement) {
    statement.isInUse = false
    if !statement.isKept { forget(statement) }
  }

  /// Frees a statement in the server. In a failed transaction that is refused: it stays until the connection ends.
  private func forget(_ statement: PostgresStatement) {
    if PQtransactionStatus(handle) != PQTRANS_INERROR {
      PQclear(PQexec(handle, "DEALLOCATE \(statement.name)"))
    }
  }

  // MARK: Results

  /// Passes a good result on, and throws for a bad one.
  func check(_ result: OpaquePointer?) throws(DatabaseError) -> OpaquePointer {
    guard let result else { throw failure(nil) }
    switch PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE, PGRES_COPY_IN: return result
    default:
      defer { PQclear(result) }
      throw failure(result)
    }
  }

  /// The error that a result, or without one the connection, reports.
  func failure(_ result: OpaquePointer?) -> DatabaseError {
    let error = PostgresResult.error(result, handle, isCommitting: isCommitting)
    // The plan of a statement from before a change of the schema: all must be prepared anew.
    if error.kind == .staleStatement {
      _ = statements.removeAll()
      columnTypes = [:]
    }
    return error
  }
}

/// A prepared statement, which lives in the server.
final class PostgresStatement: CachedStatement {
  let name: String
  let parameters: Int
  var isInUse = true
  var lastUse: UInt64 = 0
  var isKept = false

  init(name: String, parameters: Int) {
    self.name = name
    self.parameters = parameters
  }
}
