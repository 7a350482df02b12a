/// One connection to a database: what SQLite and PostgreSQL have to offer to a ``Session``.
///
/// Used by one thread at a time, except for ``interrupt(_:)``. Everything blocks, and hence runs on the offload pool.
protocol Connection: AnyObject, Sendable {
  var dialect: SQLDialect { get }
  var interruption: Interruption { get }
  /// Whether another session may use the connection; looks at what is known without asking the server.
  var isUsable: Bool { get }
  /// Whether a change outside of a transaction is refused; see ``Session``.
  var isWriting: Bool { get set }

  /// Runs a statement for its effect.
  /// - Returns: the number of rows that were changed.
  func execute(_ sql: SQL, _ values: [SQLValue]) throws(DatabaseError) -> Int
  /// Runs a statement for its rows.
  /// - Parameter streamed: whether the rows may be too many for the memory. No other statement can then run before the end.
  func open(_ sql: SQL, _ values: [SQLValue], streamed: Bool) throws(DatabaseError) -> any Cursor
  /// Runs several statements without parameters.
  func run(script: SQL) throws(DatabaseError)
  /// Adds rows, one for each call of `next` that returns true.
  /// - Returns: how many were inserted.
  func insert(_ target: BulkInsert, _ next: (inout RowWriter) throws -> Bool) throws -> Int

  func begin(_ transaction: TransactionKind) throws(DatabaseError)
  func commit() throws(DatabaseError)
  func rollback() throws(DatabaseError)

  /// Stops the running statement, from any thread; must not block. Called with the lock of the interruption held.
  func interrupt(_ generation: UInt64)
  func close()
}

/// The rows of a running statement.
protocol Cursor: AnyObject {
  /// Goes to the next row; false at the end.
  func next() throws(DatabaseError) -> Bool
  /// The row that the cursor is at.
  var row: Row { get }
  /// Ends the statement, wherever it is. To be called exactly once.
  func close()
}

/// Where `insertMany` puts its rows.
struct BulkInsert {
  let table: String
  let columns: [String]
  /// An `ON CONFLICT` clause.
  let conflict: SQL?

  /// `INSERT` with room for one row.
  func statement(_ dialect: SQLDialect) -> String {
    let list = columns.map(quoted).joined(separator: ", ")
    let row = columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
    let clause = conflict.map { " " + $0.text(for: dialect) } ?? ""
    return "INSERT INTO \(quoted(table)) (\(list)) VALUES (\(row))\(clause)"
  }
}

/// What a session does for its transaction.
enum TransactionKind: Sendable {
  /// None: each statement for itself, and only for reading.
  case none
  /// All reads see one state.
  case snapshot
  /// Reads and changes.
  case changes(Isolation)
}

/// How far transactions that change something are kept apart in PostgreSQL. In SQLite they run one after the other.
public enum Isolation: Sendable, Equatable {
  /// Each statement sees what was committed before it. Lock with ``SQL/forUpdate`` what is changed after having been read.
  case readCommitted
  /// As if one after the other; conflicts make transactions run again.
  case serializable
}
