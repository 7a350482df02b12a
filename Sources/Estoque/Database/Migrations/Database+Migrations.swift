import RevoadaResilience
import RevoadaScheduling

extension Database {
  /// Brings the schema up to date: runs the migrations that have not run, in order.
  ///
  /// Each is a transaction, under a lock that all instances share; so several may start at once, and each migration runs once. Waits for the
  /// others. A failure leaves the migrations before it in force.
  ///
  /// - Returns: the versions that this call has run.
  /// - Throws: ``MigrationError``; ``DatabaseError``; `CancellationError`.
  @discardableResult
  public func migrate(_ migrations: [Migration]) async throws -> [Int] {
    var last = 0
    for migration in migrations {
      if migration.version <= last { throw MigrationError.unordered(version: migration.version) }
      last = migration.version
    }
    var run: [Int] = []
    while let migration = try await migrateOnce(migrations) {
      instruments.logger.info(
        "migrated", metadata: ["version": "\(migration.version)", "what": "\(migration.name)"])
      run.append(migration.version)
    }
    return run
  }

  /// Runs the first migration that is missing; nil if none is.
  private func migrateOnce(_ migrations: [Migration]) async throws -> Migration? {
    // A migration of another instance may take longer than any transaction should.
    var patient = RetryPolicy.constant(attempts: 1200, delay: .milliseconds(100), jitter: .equal)
      .retrying { ($0 as? DatabaseError)?.kind == .busy }
    patient.sharesAttempts = false
    return try await retry(patient) {
      try await transaction { session in
        try session.lockMigrations()
        let applied = try session.appliedMigrations()
        guard let next = try Self.next(migrations, after: applied, session.dialect) else { return nil }
        try session.run(script: next.script)
        try session.execute(
          "INSERT INTO estoque_migration (version, name, checksum) VALUES (?1, ?2, ?3)", next.version,
          next.name,
          next.checksum(for: session.dialect))
        return next
      }
    }
  }

  /// Compares what is wanted with what there is.
  static func next(
    _ migrations: [Migration], after applied: [AppliedMigration], _ dialect: SQLDialect
  ) throws(MigrationError) -> Migration? {
    let known = Dictionary(uniqueKeysWithValues: migrations.map { ($0.version, $0) })
    for past in applied {
      guard let migration = known[past.version] else {
        throw .unknown(version: past.version, name: past.name)
      }
      if migration.checksum(for: dialect) != past.checksum {
        throw .changed(version: past.version, name: migration.name)
      }
    }
    let versions = Set(applied.map(\.version))
    guard let next = migrations.first(where: { !versions.contains($0.version) }) else { return nil }
    if versions.contains(where: { $0 > next.version && $0 / 10 == next.version / 10 }) {
      throw .skipped(version: next.version, name: next.name)
    }
    return next
  }
}

/// A migration that the database has noted.
struct AppliedMigration: Sendable, Equatable {
  let version: Int
  let name: String
  let checksum: String
}

extension Session {
  /// Waits until no other instance migrates. In SQLite whoever has a transaction for changes is alone.
  fileprivate func lockMigrations() throws {
    guard dialect == .postgres else { return }
    // Until the end of the transaction. The number is any that nobody else uses.
    try execute("SELECT pg_advisory_xact_lock(7310579814512301)")
  }

  fileprivate func appliedMigrations() throws -> [AppliedMigration] {
    try execute(
      """
      CREATE TABLE IF NOT EXISTS estoque_migration (
        version BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL,
        applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP)
      """)
    return try query("SELECT version, name, checksum FROM estoque_migration ORDER BY version") { row in
      AppliedMigration(version: try row[0], name: try row[1], checksum: try row[2])
    }
  }
}
