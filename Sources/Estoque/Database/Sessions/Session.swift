/// The use of one connection by one closure: what repositories are written on.
///
/// ```swift
/// func rename(_ id: Int64, to name: String, in session: Session) throws {
///   let changed = try session.execute("UPDATE product SET name = ?1 WHERE id = ?2", name, id)
///   if changed == 0 { throw NoSuchProduct(id: id) }
/// }
/// ```
///
/// Its calls block their thread, which is one of the offload pool: nothing suspends in the middle of a transaction, so that a connection and
/// its locks are held no longer than statements run. A session cannot leave its closure, since it is not `Sendable`.
///
/// When the task is cancelled, or its time is over, the running statement is stopped, and this call and all later ones throw
/// `CancellationError`.
///
/// A statement that fails ends the transaction, in both databases (PostgreSQL's rule): later statements throw an error of kind
/// `transactionAborted`, and nothing is committed, even if the closure catches the error. To go on after a failure, put what may fail into a
/// ``savepoint(_:)``.
public final class Session {
  let connection: any Connection
  let kind: TransactionKind
  private var hasFailed = false
  private var isStreaming = false
  private var depth = 0
  /// How many statements have run; for the log.
  private(set) var statements = 0
  /// What has been named by ``touch(_:)-(String)``.
  private(set) var touched = Changes()
  /// Whether what was touched may have changed: a `COMMIT` whose outcome is unknown may have happened.
  private(set) var mayHaveCommitted = false

  init(_ connection: any Connection, _ kind: TransactionKind) {
    self.connection = connection
    self.kind = kind
  }

  /// Which database this is, for the rare statement that cannot be written once.
  public var dialect: SQLDialect { connection.dialect }

  private var isInTransaction: Bool { if case .none = kind { false } else { true } }

  /// Says that this transaction changes something, by any name: whoever observes the database is told after its end.
  ///
  /// See ``Database/observeChanges(_:)``.
  public func touch(_ topic: String) { touched.topics.insert(topic) }

  /// Says that this transaction adds or changes a row that others may want to read again.
  public func touch(_ row: ChangedRow) { touched.rows.insert(row) }

  /// Runs something that fails the transaction if it throws.
  func perform<R>(_ sql: SQL?, _ body: () throws -> R) throws -> R {
    if connection.interruption.isCancelled { throw CancellationError() }
    if isStreaming {
      throw DatabaseError(
        .misuse, "no other statement can run before the rows of forEach have ended: collect them with query",
        statement: sql?.text(for: dialect))
    }
    if hasFailed { throw Self.aborted }
    statements += 1
    do { return try body() } catch {
      if isInTransaction { hasFailed = true }
      if connection.interruption.isCancelled { throw CancellationError() }
      if var error = error as? DatabaseError {
        error.statement = error.statement ?? sql?.text(for: dialect)
        throw error
      }
      throw error
    }
  }

  private static let aborted = DatabaseError(
    .transactionAborted,
    "a statement of this transaction has failed before: use a savepoint around what may fail")

  /// Runs `body` with other statements forbidden.
  func streaming<R>(_ body: () throws -> R) rethrows -> R {
    isStreaming = true
    defer { isStreaming = false }
    return try body()
  }

  /// Runs `body` so that, if it throws, what it has changed is undone and the transaction can go on.
  ///
  /// - Throws: what `body` throws.
  @discardableResult
  public func savepoint<R>(_ body: () throws -> R) throws -> R {
    guard isInTransaction else { throw DatabaseError(.misuse, "a savepoint needs a transaction around it") }
    depth += 1
    defer { depth -= 1 }
    let name = "estoque_\(depth)"
    _ = try execute(SQL(verbatim: "SAVEPOINT \(name)"), values: [])
    do {
      let result = try body()
      _ = try execute(SQL(verbatim: "RELEASE SAVEPOINT \(name)"), values: [])
      return result
    } catch {
      if connection.interruption.isCancelled { throw CancellationError() }
      hasFailed = false
      _ = try execute(SQL(verbatim: "ROLLBACK TO SAVEPOINT \(name)"), values: [])
      _ = try execute(SQL(verbatim: "RELEASE SAVEPOINT \(name)"), values: [])
      throw error
    }
  }

  /// Runs the whole session: begin, `body`, commit, or rollback.
  func run<R>(_ body: (Session) throws -> R) throws -> R {
    guard isInTransaction else { return try body(self) }
    try perform(nil) { try connection.begin(kind) }
    do {
      let result = try body(self)
      // PostgreSQL answers the COMMIT of a failed transaction by a silent ROLLBACK.
      if connection.interruption.isCancelled { throw CancellationError() }
      if hasFailed { throw Self.aborted }
      mayHaveCommitted = true
      try connection.commit()
      return result
    } catch {
      // What cannot be rolled back is no longer usable, and the server or SQLite rolls it back when it is closed.
      try? connection.rollback()
      if connection.interruption.isCancelled { throw CancellationError() }
      throw error
    }
  }
}
