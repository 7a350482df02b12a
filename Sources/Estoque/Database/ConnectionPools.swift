import RevoadaCaching
import RevoadaResilience
import RevoadaScheduling
import Synchronization

/// The connections of a database: one pool for all, or with a file of SQLite one writer and several readers.
struct ConnectionPools: Sendable {
  typealias Pool = ObjectPool<any Connection>

  let writers: Pool
  let readers: Pool

  init(_ configuration: DatabaseConfiguration) throws(InvalidSetting) {
    var settings = configuration.pool
    switch configuration.backend {
    case .postgres(let address):
      settings.name = configuration.name
      writers = try ObjectPool(
        settings, create: { try await Self.connect(address, statementCache: configuration.statementCache) },
        destroy: { connection in try await offload { connection.close() } },
        validate: { $0.isUsable })
      readers = writers
    case .sqlite(let file):
      let create: @Sendable () async throws -> any Connection = {
        try await offload { try SQLiteConnection(file, statementCache: configuration.statementCache) }
      }
      let destroy: @Sendable (any Connection) async throws -> Void = { connection in
        try await offload { connection.close() }
      }
      settings.max = 1
      settings.min = 0
      settings.maxIdle = nil
      settings.name = configuration.name + "-writer"
      if file.isInMemory {
        // The database ends with its connection.
        settings.maxLifetime = nil
        settings.maxIdleTime = nil
      }
      writers = try ObjectPool(settings, create: create, destroy: destroy)
      if file.isInMemory {
        readers = writers
        return
      }
      settings.max = file.readers
      settings.name = configuration.name + "-readers"
      readers = try ObjectPool(settings, create: create, destroy: destroy)
    }
  }

  func close() async throws {
    // The writer last: closing the last connection merges the log into the file.
    if readers !== writers { try await readers.close() }
    try await writers.close()
  }
}

extension ConnectionPools {
  /// Connects to a server, unless the task is cancelled first.
  static func connect(_ address: PostgresAddress, statementCache: Int) async throws -> PostgresConnection {
    let flag = CancellationFlag()
    return try await withTaskCancellationHandler {
      do {
        return try await offload {
          try PostgresConnection(address, statementCache: statementCache) {
            flag.isSet.load(ordering: .relaxed)
          }
        }
      } catch {
        try Task.checkCancellation()
        throw error
      }
    } onCancel: {
      flag.isSet.store(true, ordering: .relaxed)
    }
  }
}

private final class CancellationFlag: Sendable { let isSet = Atomic<Bool>(false) }

/// A connection borrowed for one session.
struct BorrowedConnection: Sendable {
  private let loan: PooledObject<any Connection>
  let connection: any Connection
  /// The session's number.
  private let session: UInt64

  nonisolated(nonsending)
    init(from pool: ConnectionPools.Pool, writing: Bool) async throws
  {
    loan = try await pool.acquire()
    connection = try loan.object
    connection.isWriting = writing
    session = connection.interruption.begin()
  }

  /// Runs `body` on a thread that may block. When the task is cancelled, the connection is interrupted.
  nonisolated(nonsending)
    func run<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R
  {
    try Task.checkCancellation()  // before the connection is interrupted for nothing
    return try await withTaskCancellationHandler {
      try await offload(body)
    } onCancel: {
      cancel()
    }
  }

  func cancel() { connection.interruption.cancel(session) { connection.interrupt(session) } }

  /// Gives the connection back, or has it destroyed if it can no longer be used.
  func end() {
    _ = connection.interruption.end()
    // Neither can fail: nobody else has the loan.
    if connection.isUsable { try? loan.release() } else { try? loan.discard() }
  }
}
