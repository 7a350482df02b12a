import EstoqueDatabase
import EstoqueStock
import Foundation

// The table of jobs.
extension Session {
  private static let jobColumns: SQL = """
    id, kind, file, size, digest, options, header, state, total, position, done, failed, created_at, started_at,
    ended_at, message, created_by, path IS NOT NULL
    """

  private static func job(_ row: borrowing Row) throws -> ImportJob {
    ImportJob(
      id: try row[0], kind: try row[1], file: try row[2], size: try row[3], digest: try row[4],
      options: try decoded(row[5] as String), header: try decoded(row[6] as String), state: try row[7],
      total: try row[8], position: try row[9], done: try row[10], failed: try row[11], createdAt: try row[12],
      startedAt: try row[13], endedAt: try row[14], message: try row[15], user: try row[16],
      isDirect: try row[17])
  }

  private func touch(_ id: ImportJob.ID) { touch(ChangedRow(ImportJob.table, id.rawValue)) }

  /// A job by its number.
  func importJob(_ id: ImportJob.ID) throws -> ImportJob? {
    try first(
      "SELECT \(Self.jobColumns) FROM import_job WHERE id = ?1 AND pruned_at IS NULL", id, decode: Self.job)
  }

  /// The latest jobs first.
  func importJobs(limit: Int, before: ImportJob.ID?, state: ImportState?) throws -> [ImportJob] {
    try query(
      """
      SELECT \(Self.jobColumns) FROM import_job
      WHERE pruned_at IS NULL AND id < ?1 AND (CAST(?2 AS TEXT) IS NULL OR state = ?2) ORDER BY id DESC LIMIT ?3
      """, before?.rawValue ?? .max, state, limit, decode: Self.job)
  }

  /// The job that a file is already, and whether a command works on it.
  func importJob(fingerprint: String) throws -> (id: ImportJob.ID, state: ImportState, isDirect: Bool)? {
    try first(
      "SELECT id, state, path FROM import_job WHERE fingerprint = ?1 \(.forUpdate)", fingerprint
    ) { row in (try row[0], try row[1], try row[2] as String? != nil) }
  }

  /// Adds a job. Throws the violation of `import_job_fingerprint_key` if another transaction has added the same file.
  func addImportJob(_ draft: ImportDraft) throws -> ImportJob.ID {
    let id = try value(
      """
      INSERT INTO import_job (kind, file, size, digest, fingerprint, path, options, header, state, total, owner,
        lease_until, created_at, created_by, started_at)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) RETURNING id
      """,
      draft.kind, draft.file, draft.content.size, draft.content.digest, draft.fingerprint, draft.path,
      try encoded(draft.options), try encoded(draft.header),
      draft.owner == nil ? ImportState.waiting : .running,
      draft.total, draft.owner, draft.leaseUntil, draft.createdAt, draft.user,
      draft.owner == nil ? nil : draft.createdAt, as: ImportJob.ID.self
    ).unsafelyUnwrapped  // an INSERT returns its row
    touch(id)
    return id
  }

  /// Takes the oldest job that waits, or whose worker has been silent for too long.
  func claimImportJob(owner: String, now: Int64, leaseUntil: Int64) throws -> ImportJob? {
    let id = try value(
      """
      SELECT id FROM import_job
      WHERE path IS NULL AND (state = 'waiting' OR (state = 'running' AND lease_until < ?1))
      ORDER BY id LIMIT 1 \(.skipLocked)
      """, now, as: ImportJob.ID.self)
    guard let id else { return nil }
    return try takeImportJob(id, owner: owner, now: now, leaseUntil: leaseUntil)
  }

  /// Takes a job, whoever works on it: that one stops before its next chunk.
  func takeImportJob(_ id: ImportJob.ID, owner: String, now: Int64, leaseUntil: Int64) throws -> ImportJob? {
    touch(id)
    try execute(
      """
      UPDATE import_job SET state = 'running', owner = ?2, lease_until = ?3, message = '', ended_at = NULL,
        started_at = COALESCE(started_at, ?4)
      WHERE id = ?1
      """, id, owner, leaseUntil, now)
    return try importJob(id)
  }

  /// What a worker must know before it commits a chunk; locks the job.
  func holdImportJob(_ id: ImportJob.ID) throws -> ImportHold? {
    try first(
      "SELECT state, owner, position, done, failed FROM import_job WHERE id = ?1 \(.forUpdate)", id
    ) { row in
      ImportHold(
        state: try row[0], owner: try row[1], position: try row[2], done: try row[3], failed: try row[4])
    }
  }

  /// Notes that a chunk has been worked on.
  func advanceImportJob(_ id: ImportJob.ID, to position: Int, done: Int, failed: Int, leaseUntil: Int64)
    throws
  {
    touch(id)
    try execute(
      "UPDATE import_job SET position = ?2, done = ?3, failed = ?4, lease_until = ?5 WHERE id = ?1", id,
      position, done, failed, leaseUntil)
  }

  /// Ends a job, if `owner` still works on it. The same file may come again if nothing was done.
  /// - Returns: whether it did.
  func endImportJob(
    _ id: ImportJob.ID, owner: String, as state: ImportState, message: String, at moment: Int64
  ) throws -> Bool {
    touch(id)
    let changed = try execute(
      """
      UPDATE import_job SET state = ?3, message = ?4, ended_at = ?5, owner = NULL,
        total = CASE WHEN CAST(?3 AS TEXT) = 'done' THEN done + failed ELSE total END,
        fingerprint = CASE WHEN done = 0 THEN NULL ELSE fingerprint END
      WHERE id = ?1 AND owner = ?2 AND state = 'running'
      """, id, owner, state, message, moment)
    if changed == 1, state == .done { try execute("DELETE FROM import_content WHERE job = ?1", id) }
    return changed == 1
  }

  /// Gives a job back, so that anybody can go on with it.
  /// - Parameter message: why.
  func releaseImportJob(_ id: ImportJob.ID, owner: String, message: String = "") throws {
    touch(id)
    try execute(
      """
      UPDATE import_job SET state = 'waiting', owner = NULL, message = ?3
      WHERE id = ?1 AND owner = ?2 AND state = 'running'
      """, id, owner, message)
  }

  /// Forgets jobs that ended before a moment, the oldest first, but for their fingerprints: the same file is not imported again. What has
  /// stopped in the middle stays, since only the job knows where to go on.
  /// - Returns: how many.
  func pruneImportJobs(endedBefore moment: Int64, limit: Int, at now: Int64) throws -> Int {
    let old: [ImportJob.ID] = try query(
      """
      SELECT id FROM import_job
      WHERE pruned_at IS NULL AND ended_at < ?1 AND (state = 'done' OR (done = 0 AND state IN ('failed', 'cancelled')))
      ORDER BY ended_at LIMIT ?2 \(.skipLocked)
      """, moment, limit
    ) { row in try row[0] }
    for id in old {
      for table in ["import_content", "import_chunk", "import_failure"] as [SQL] {
        try execute("DELETE FROM \(table) WHERE job = ?1", id)
      }
      try execute("UPDATE import_job SET pruned_at = ?2 WHERE id = ?1", id, now)
    }
    return old.count
  }

  /// Tells that one still works on a job.
  func renewImportJob(_ id: ImportJob.ID, owner: String, leaseUntil: Int64) throws {
    try execute("UPDATE import_job SET lease_until = ?3 WHERE id = ?1 AND owner = ?2", id, owner, leaseUntil)
  }

  /// Changes the state of a job that is in one of some states.
  /// - Returns: whether it was.
  func changeImportJob(
    _ id: ImportJob.ID, from states: [ImportState], to state: ImportState, endedAt: Int64?
  ) throws -> Bool {
    touch(id)
    return try execute(
      """
      UPDATE import_job SET state = ?2, ended_at = ?3, owner = NULL, message = '',
        fingerprint = CASE WHEN CAST(?3 AS BIGINT) IS NOT NULL AND done = 0 THEN NULL ELSE fingerprint END
      WHERE id = ?1 AND state IN (\(placeholders: 4...(3 + states.count)))
      """, values: [id.sqlValue, state.sqlValue, endedAt.sqlValue] + states.map(\.sqlValue)) == 1
  }

  // MARK: Content

  /// Stores a file in pieces.
  func storeImportContent(_ id: ImportJob.ID, path: String) throws {
    var part: Int64 = 0
    try FileDigest.forEachPiece(of: path) { piece in
      try execute("INSERT INTO import_content (job, part, bytes) VALUES (?1, ?2, ?3)", id, part, piece)
      part += 1
    }
  }
}

/// A job to be added.
struct ImportDraft: Sendable {
  var kind: ImportKind
  var file: String
  var content: FileDigest
  var options: ImportOptions
  var header: [String]
  var total: Int?
  var createdAt: Int64
  var user: User.ID?
  /// The file that a command works on.
  var path: String?
  var owner: String?
  var leaseUntil: Int64 = 0

  /// By which the same file is recognised; none for one that is imported in any case.
  var fingerprint: String? { options.isForced ? nil : "\(kind.rawValue):\(content.digest)" }
}

/// How a job stands.
struct ImportHold: Sendable {
  let state: ImportState
  let owner: String?
  let position: Int
  let done: Int
  let failed: Int
}

func decodedCells(_ text: String) throws -> [String] { try decoded(text) }

private func decoded<Value: Decodable>(_ text: String) throws -> Value {
  try JSONDecoder().decode(Value.self, from: Data(text.utf8))
}

func encoded(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
