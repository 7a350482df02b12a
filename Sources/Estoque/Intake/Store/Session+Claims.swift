import EstoqueDatabase
import EstoqueStock

/// A document that somebody works on.
struct Claim: Sendable, Equatable {
  let id: IntakeDocument.ID
  let batch: IntakeBatch.ID
  let file: String
  /// The document that has the content, if it is another one of the same file.
  let parent: IntakeDocument.ID?
  /// Which document of its file it is; below zero as long as nobody has looked.
  let position: Int
  let sha256: String
  /// Which claim this is: an older one is void.
  let attempt: Int

  var content: IntakeDocument.ID { parent ?? id }
}

extension Session {
  /// Tells those who watch that a document is another one now.
  func touch(_ id: IntakeDocument.ID) { touch(ChangedRow(IntakeDocument.table, id.rawValue)) }

  // MARK: Coming in

  func addBatch(_ source: IntakeSource, at moment: Int64, by user: User.ID?) throws -> IntakeBatch.ID {
    try value(
      "INSERT INTO intake_batch (source, received_at, received_by) VALUES (?1, ?2, ?3) RETURNING id", source,
      moment, user, as: IntakeBatch.ID.self
    ).unsafelyUnwrapped  // an INSERT returns its row
  }

  /// Adds a document that waits.
  func addDocument(
    _ file: String, of batch: IntakeBatch.ID, sha256: String, position: Int = -1,
    parent: IntakeDocument.ID? = nil
  ) throws -> IntakeDocument.ID {
    let id = try value(
      """
      INSERT INTO intake (batch, file, sha256, state, position, parent) VALUES (?1, ?2, ?3, 'waiting', ?4, ?5)
      RETURNING id
      """, batch, file, sha256, position, parent, as: IntakeDocument.ID.self
    ).unsafelyUnwrapped  // an INSERT returns its row
    touch(id)
    return id
  }

  /// Adds a file that could not even be kept.
  func addUnreadable(_ file: String, of batch: IntakeBatch.ID, reason: String, at moment: Int64) throws
    -> IntakeDocument.ID
  {
    let id = try value(
      """
      INSERT INTO intake (batch, file, sha256, state, reason, settled_at) VALUES (?1, ?2, '', 'refused', ?3, ?4)
      RETURNING id
      """, batch, file, reason, moment, as: IntakeDocument.ID.self
    ).unsafelyUnwrapped  // an INSERT returns its row
    touch(id)
    return id
  }

  func addContents(_ contents: [(id: IntakeDocument.ID, content: StoredContent)]) throws {
    try insertMany(into: "intake_content", ["id", "bytes", "size"], contents) { entry, row in
      row.write(entry.id)
      row.write(entry.content.bytes)
      row.write(entry.content.size)
    }
  }

  func contents(of ids: Set<IntakeDocument.ID>) throws -> [IntakeDocument.ID: StoredContent] {
    let rows = try query(
      "SELECT id, bytes, size FROM intake_content WHERE id", in: ids.sorted().map(\.sqlValue)
    ) { row in (try row[0] as IntakeDocument.ID, StoredContent(bytes: try row[1], size: try row[2])) }
    return Dictionary(rows) { first, _ in first }
  }

  /// Removes files, the oldest first, all of whose documents have been settled before a moment, and are in nobody's review.
  /// - Returns: how many.
  func pruneContents(settledBefore moment: Int64, limit: Int) throws -> Int {
    let old: [IntakeDocument.ID] = try query(
      """
      SELECT c.id FROM intake_content c JOIN intake d ON d.id = c.id
      WHERE d.settled_at < ?1 AND d.state <> 'review' AND NOT EXISTS (
        SELECT 1 FROM intake s
        WHERE s.parent = c.id AND (s.settled_at IS NULL OR s.settled_at >= ?1 OR s.state = 'review'))
      ORDER BY c.id LIMIT ?2
      """, moment, limit
    ) { row in try row[0] }
    for id in old { try execute("DELETE FROM intake_content WHERE id = ?1", id) }
    return old.count
  }

  // MARK: Claims

  /// Claims documents that wait, the oldest first. Those that others have claimed are left out until their leases end.
  func claim(
    by owner: String, now: Int64, until lease: Int64, limit: Int, of batch: IntakeBatch.ID?
  ) throws -> [Claim] {
    // PostgreSQL must choose once: hence an array, not a subquery that could be asked again for each row.
    let open = SQL(sqlite: "IN (", postgres: "= ANY (ARRAY(")
    let close = SQL(sqlite: ")", postgres: "))")
    let ofBatch: SQL = batch == nil ? "" : "AND batch = ?5"
    return try query(
      """
      UPDATE intake SET owner = ?1, lease = ?2, attempts = attempts + 1 WHERE id \(open)
        SELECT id FROM intake WHERE state = 'waiting' AND lease <= ?3 \(ofBatch) ORDER BY id LIMIT ?4 \(.skipLocked)
      \(close) RETURNING id, batch, file, parent, position, sha256, attempts
      """,
      values: [.text(owner), .integer(lease), .integer(now), .integer(Int64(limit))]
        + (batch.map { [$0.sqlValue] } ?? [])
    ) { row in
      Claim(
        id: try row[0], batch: try row[1], file: try row[2], parent: try row[3], position: try row[4],
        sha256: try row[5], attempt: try row[6])
    }.sorted { $0.id < $1.id }
  }

  /// Which claims still hold: a lease may have ended, and somebody else may have done the work. Nobody else can claim them
  /// until the transaction ends.
  func held(_ claims: [Claim]) throws -> Set<IntakeDocument.ID> {
    let attempts = Dictionary(claims.map { ($0.id, $0.attempt) }) { first, _ in first }
    let rows = try query(
      "SELECT id, attempts FROM intake WHERE state = 'waiting' AND id", in: claims.map(\.id.sqlValue),
      "ORDER BY id \(.forUpdate)"
    ) { (try $0[0] as IntakeDocument.ID, try $0[1] as Int) }
    return Set(rows.filter { attempts[$0.0] == $0.1 }.map(\.0))
  }

  /// Gives claims back before their leases end, as if they had not been: only who dies counts as an attempt.
  func release(_ claims: [Claim]) throws {
    for claim in claims {
      try execute(
        """
        UPDATE intake SET owner = NULL, lease = 0, attempts = attempts - 1
        WHERE id = ?1 AND attempts = ?2 AND state = 'waiting'
        """,
        claim.id, claim.attempt)
    }
  }
}
