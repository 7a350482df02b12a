import RevoadaScheduling

extension Database {
  /// Tells the observers what other instances and processes change, until the task is cancelled.
  ///
  /// - PostgreSQL: by a connection of its own on which they say so. When it breaks it is made again, with pauses that grow from 50 ms to
  ///   5 s; since something may have been missed meanwhile, observers are then told that anything may have changed.
  /// - A file of SQLite: by looking, every ``DatabaseConfiguration/lookInterval``, whether another process has committed anything. What it was is not
  ///   known.
  /// - SQLite in memory: there is nobody else, and this returns at once.
  ///
  /// - Throws: `CancellationError`.
  public func follow() async throws {
    switch configuration.backend {
    case .postgres(let address): try await follow(address)
    case .sqlite(let file): if !file.isInMemory { try await followFile() }
    }
  }

  // MARK: A server

  private func follow(_ address: PostgresAddress) async throws {
    var pause = Duration.milliseconds(50)
    while true {
      do {
        try await withListener(address) { listener in
          instruments.logger.debug("hears of changes of other instances")
          pause = .milliseconds(50)
          observers.tell(.unknown)
          while true {
            for text in try await offload({ try listener.next() }) { hear(text) }
          }
        }
      } catch {
        try Task.checkCancellation()
        instruments.logger.warning(
          "hears nothing of other instances; tries again", metadata: ["because": "\(error)"])
      }
      try await sleep(for: pause)
      pause = min(pause * 2, .seconds(5))
    }
  }

  private func withListener(
    _ address: PostgresAddress, _ body: (PostgresListener) async throws -> Void
  ) async throws {
    let connection = try await ConnectionPools.connect(address, statementCache: 0)
    let listener = PostgresListener(connection)
    let result: Result<Void, any Error>
    do {
      try await withTaskCancellationHandler {
        try await offload { try listener.listen(to: Self.channel) }
        try await body(listener)
      } onCancel: {
        listener.stop()
      }
      result = .success(())
    } catch { result = .failure(error) }
    listener.close()
    try result.get()
  }

  private func hear(_ text: String) {
    // What is not understood may mean anything.
    let message = ChangeMessage(text) ?? ChangeMessage(sender: "", changes: .unknown)
    if message.sender != instance { observers.tell(message.changes) }
  }

  // MARK: A file

  private func followFile() async throws {
    var seen: (connection: any Connection, version: Int)?
    while true {
      try await sleep(for: configuration.lookInterval)
      do {
        let now = try await fileVersion()
        // The numbers of different connections say nothing about each other.
        if let seen, seen.connection !== now.connection || seen.version != now.version {
          observers.tell(.unknown)
        }
        seen = now
      } catch {
        try Task.checkCancellation()
        instruments.logger.debug("cannot look for changes", metadata: ["because": "\(error)"])
      }
    }
  }

  /// A number that changes with each commit of *another* connection; asked of the only one that this object writes by, hence of another process.
  private func fileVersion() async throws -> (connection: any Connection, version: Int) {
    let borrowed = try await BorrowedConnection(from: pools.writers, writing: false)
    defer { borrowed.end() }
    let version = try await borrowed.run {
      try Session(borrowed.connection, .none).value("PRAGMA data_version", as: Int.self) ?? 0
    }
    return (borrowed.connection, version)
  }
}
