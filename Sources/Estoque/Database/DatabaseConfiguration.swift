import RevoadaCaching
import RevoadaResilience

/// Everything that can be chosen about a ``Database``.
public struct DatabaseConfiguration: Sendable {
  /// Which database it is.
  public enum Backend: Sendable, Equatable {
    /// A file, or memory.
    case sqlite(SQLiteSettings)
    /// A server.
    case postgres(PostgresAddress)
  }

  /// Which database it is.
  public var backend: Backend
  /// The name in errors, metrics and logs.
  public var name = "estoque"
  /// The limits of the connections. SQLite's one writer and its readers follow them but for their number.
  public var pool: ObjectPoolConfiguration
  /// How many prepared statements each connection keeps.
  public var statementCache = 128
  /// How whole transactions are tried again after a conflict, a busy database or a connection that broke. Asked only about errors that are
  /// ``DatabaseError/isTransient``.
  public var retry = RetryPolicy.exponential(attempts: 12, initial: .milliseconds(2), max: .milliseconds(500))
    .limited(to: .seconds(15))
  /// After how many failures of the database in a row calls are refused, and for how long.
  public var breaker = (threshold: 5, openFor: Duration.seconds(5))
  /// How often ``Database/follow()`` looks whether another process has changed a file of SQLite.
  public var lookInterval = Duration.seconds(1)
  /// A session that takes longer is reported in the log.
  public var slow = Duration.seconds(1)

  private init(_ backend: Backend, connections: Int) {
    self.backend = backend
    pool = ObjectPoolConfiguration(name: name, max: connections)
    pool.timeout = .seconds(30)
    pool.leakWarning = .seconds(60)
  }

  /// A file of SQLite, which is created if there is none.
  public static func sqlite(_ path: String) -> DatabaseConfiguration { sqlite(SQLiteSettings(path: path)) }

  /// SQLite with any settings.
  public static func sqlite(_ settings: SQLiteSettings) -> DatabaseConfiguration {
    DatabaseConfiguration(.sqlite(settings), connections: settings.readers)
  }

  /// A database of SQLite that lives in memory, as long as the ``Database``.
  public static var memory: DatabaseConfiguration { sqlite(":memory:") }

  /// A server of PostgreSQL: at most 25 connections, each for five minutes at most, or until it has been idle for one.
  ///
  /// No limit for the number of idle ones: under a load that comes in waves that would only close and open connections.
  public static func postgres(_ address: PostgresAddress) -> DatabaseConfiguration {
    var configuration = DatabaseConfiguration(.postgres(address), connections: 25)
    configuration.pool.maxIdleTime = .seconds(60)
    configuration.pool.maxLifetime = .seconds(300)
    return configuration
  }

  /// What a setting names: `postgres://…`, `postgresql://…` or a file of SQLite.
  /// - Throws: ``DatabaseError`` of kind `configuration`, without the text, which may hold a password.
  public init(_ location: String) throws(DatabaseError) {
    if location.isEmpty { throw DatabaseError(.configuration, "the name of the database is empty") }
    let isServer = location.hasPrefix("postgres://") || location.hasPrefix("postgresql://")
    self = isServer ? .postgres(try PostgresAddress(location)) : .sqlite(location)
  }
}
