import RevoadaCaching
import RevoadaResilience
import RevoadaScheduling

/// A database, SQLite or PostgreSQL, as a service uses it: pooled connections, transactions that are tried again, a breaker.
///
/// ```swift
/// let database = try Database(.sqlite("estoque.db"))
/// let names = try await database.read { session in
///   try session.query("SELECT name FROM product ORDER BY name") { row in try row[0] as String }
/// }
/// try await database.transaction { session in
///   try session.execute("INSERT INTO product (name) VALUES (?1)", "Parafuso")
/// }
/// ```
///
/// The closures block: each runs as a whole on a thread of the offload pool, with a connection of its own. One change of threads for a transaction,
/// not two for each of its statements, and no lock of the database is held while a task waits for something else.
///
/// Cancelling the task, or the end of the time of a `withTimeout` around it, stops the running statement; the call throws `CancellationError` (and
/// `withTimeout` then `TimedOut`), and nothing is changed. A call whose `COMMIT` has gone through returns in spite of it. The connection is used again,
/// or replaced if it cannot be.
public final class Database: Sendable {
  /// The name in errors, metrics and logs.
  public let name: String
  /// Which database it is.
  public let dialect: SQLDialect
  let configuration: DatabaseConfiguration
  let pools: ConnectionPools
  /// Refuses calls while the database cannot be reached.
  public let breaker: CircuitBreaker
  let retries: RetryPolicy
  let instruments: DatabaseInstruments
  let observers = ChangeObservers()
  let outbox = Outbox()
  /// What this object is called among those that share its database.
  let instance = String(UInt64.random(in: .min ... .max), radix: 36)

  /// Prepares the use of a database; connects to it only when it is used.
  /// - Throws: `InvalidSetting`.
  public init(_ configuration: DatabaseConfiguration) throws(InvalidSetting) {
    var check = SettingsCheck("database", configuration.name)
    check.require(
      configuration.lookInterval > .zero, "look interval", configuration.lookInterval, "longer than zero")
    try check.end()
    name = configuration.name
    self.configuration = configuration
    if case .sqlite = configuration.backend { dialect = .sqlite } else { dialect = .postgres }
    pools = try ConnectionPools(configuration)
    breaker = CircuitBreaker(
      name: configuration.name, threshold: configuration.breaker.threshold,
      openFor: configuration.breaker.openFor,
      failIf: { ($0 as? DatabaseError)?.countsAsFailure ?? false })
    try breaker.validate()
    retries = configuration.retry.named(configuration.name)
      .retrying { ($0 as? DatabaseError)?.isTransient ?? false }
    try retries.validate()
    instruments = DatabaseInstruments(name: configuration.name, slow: configuration.slow)
  }

  /// Runs `body` with a connection for reading; each statement for itself.
  ///
  /// The cheapest way for one statement. Changes are refused with an error of kind `readOnly`. If a connection turns out to be broken, `body` is run
  /// again with another.
  ///
  /// - Throws: ``DatabaseError``; `CircuitOpen`; `ObjectPoolError`; `CancellationError`; what `body` throws.
  nonisolated(nonsending)
    public func read<R: Sendable>(_ body: @escaping @Sendable (Session) throws -> R) async throws -> R
  {
    try await perform(.none, body)
  }

  /// Runs `body` with a connection for reading, all of whose statements see the same state. Otherwise as ``read(_:)``.
  nonisolated(nonsending)
    public func snapshot<R: Sendable>(_ body: @escaping @Sendable (Session) throws -> R) async throws -> R
  {
    try await perform(.snapshot, body)
  }

  /// Runs `body` in a transaction, and commits it when `body` returns; an error or a cancellation rolls it back.
  ///
  /// `body` may run several times, after a conflict, a deadlock, a busy database or a broken connection, each time from the beginning and with
  /// nothing of the earlier attempts in the database; whatever else it does must bear that. It is not run again if the connection breaks while a
  /// `COMMIT` is under way: that is an error of kind `outcomeUnknown`.
  ///
  /// In SQLite, where it starts with `BEGIN IMMEDIATE`, such transactions run one after the other.
  ///
  /// - Parameters:
  ///   - isolation: how far it is kept apart from others in PostgreSQL.
  ///   - body: the transaction; may block.
  /// - Throws: ``DatabaseError``; `CircuitOpen`; `ObjectPoolError`; `CancellationError`; what `body` throws.
  @discardableResult
  nonisolated(nonsending)
    public func transaction<R: Sendable>(
      isolation: Isolation = .readCommitted, _ body: @escaping @Sendable (Session) throws -> R
    ) async throws -> R
  {
    try await perform(.changes(isolation), body)
  }

  /// Closes all connections once those that are in use have come back, and other instances know what has changed. Later calls throw
  /// `ObjectPoolError.closed`.
  /// - Throws: `CancellationError`, and closing goes on.
  public func close() async throws {
    await outbox.close()
    try await pools.close()
  }

  // MARK: How a session runs

  nonisolated(nonsending)
    func perform<R: Sendable>(
      _ kind: TransactionKind, _ body: @escaping @Sendable (Session) throws -> R
    ) async throws -> R
  {
    do {
      return try await retry(retries) {
        try await breaker.call { try await attempt(kind, body) }
      }
    } catch {
      instruments.failed(error)
      throw error
    }
  }

  nonisolated(nonsending)
    private func attempt<R: Sendable>(
      _ kind: TransactionKind, _ body: @escaping @Sendable (Session) throws -> R
    ) async throws -> R
  {
    let isWriting = if case .changes = kind { true } else { false }
    let borrowed = try await BorrowedConnection(
      from: isWriting ? pools.writers : pools.readers, writing: isWriting)
    defer { borrowed.end() }
    return try await borrowed.run { [self] in
      let session = Session(borrowed.connection, kind)
      let start = Timers.current.now
      defer {
        instruments.ended(kind, statements: session.statements, since: start)
        if session.mayHaveCommitted {
          observers.tell(session.touched)
          tellOthers(session.touched)
        }
      }
      return try session.run(body)
    }
  }
}
