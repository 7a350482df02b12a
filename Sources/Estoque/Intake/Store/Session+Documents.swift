import EstoqueDatabase
import EstoqueDomain
import EstoqueStock

extension Session {
  private static let documentColumns: SQL = """
    d.id, d.batch, d.file, d.position, d.sha256, d.state, d.key, d.number, d.series, d.emitter, d.emitter_name,
    d.issued_at, d.total, d.items, d.reason, d.warnings, b.source, b.received_at, b.received_by, d.settled_at,
    d.decided_by, d.note
    """

  private static func document(_ row: borrowing Row) throws -> IntakeDocument {
    let warnings: String = try row[15]
    return IntakeDocument(
      id: try row[0], batch: try row[1], file: try row[2], position: try row[3], sha256: try row[4],
      state: try row[5], key: try row[6], number: try row[7], series: try row[8], emitter: try row[9],
      emitterName: try row[10], issuedAt: try row[11], total: try row[12], items: try row[13],
      reason: try row[14], warnings: warnings.split(separator: "\n").map(String.init), source: try row[16],
      receivedAt: try row[17], receivedBy: try row[18], settledAt: try row[19], decidedBy: try row[20],
      note: try row[21])
  }

  /// Documents by their numbers, in order.
  func documents(_ ids: [IntakeDocument.ID]) throws -> [IntakeDocument] {
    try query(
      "SELECT \(Self.documentColumns) FROM intake d JOIN intake_batch b ON b.id = d.batch WHERE d.id",
      in: ids.map(\.sqlValue), "ORDER BY d.id", decode: Self.document)
  }

  /// A page of the documents that came in, the latest first.
  public func intakeDocuments(_ wanted: IntakeQuery) throws -> IntakePage {
    var (conditions, values): ([SQL], [SQLValue]) = ([], [])
    func parameter(_ value: SQLValue) -> SQL {
      values.append(value)
      return SQL(verbatim: "?\(values.count)")
    }
    if let batch = wanted.batch { conditions.append("d.batch = \(parameter(batch.sqlValue))") }
    if !wanted.search.isEmpty {
      let escaped: [Character] = wanted.search.flatMap { "!%_".contains($0) ? ["!", $0] : [$0] }
      let pattern = parameter(.text("%" + String(escaped) + "%"))
      let number = parameter(.text(wanted.search))
      conditions.append(
        """
        (d.key LIKE \(pattern) ESCAPE '!' OR d.file \(.like) \(pattern) ESCAPE '!' OR d.emitter LIKE \(pattern) ESCAPE '!'
          OR d.emitter_name \(.like) \(pattern) ESCAPE '!' OR CAST(d.number AS TEXT) = \(number))
        """)
    }
    func condition() -> SQL {
      conditions.enumerated().reduce("") { sql, next in
        "\(sql) \(next.offset == 0 ? "WHERE" : "AND") \(next.element)"
      }
    }
    // The states come last: what is counted is every state's number of what else was asked for.
    let rows = try query(
      "SELECT d.state, count(*) FROM intake d \(condition()) GROUP BY d.state", values: values
    ) {
      (try $0[0] as IntakeState, try $0[1] as Int)
    }
    let counts = Dictionary(uniqueKeysWithValues: rows)
    if !wanted.states.isEmpty {
      let states = wanted.states.map { parameter(.text($0.rawValue)).description }.joined(separator: ", ")
      conditions.append("d.state IN (\(SQL(verbatim: states)))")
    }
    if let after = wanted.after { conditions.append("d.id < \(parameter(after.sqlValue))") }
    let limit = max(1, min(wanted.limit, 1_000))
    let end = parameter(.integer(Int64(limit + 1)))
    var items = try query(
      """
      SELECT \(Self.documentColumns) FROM intake d JOIN intake_batch b ON b.id = d.batch \(condition())
      ORDER BY d.id DESC LIMIT \(end)
      """, values: values, decode: Self.document)
    let hasMore = items.count > limit
    if hasMore { items.removeLast() }
    return IntakePage(
      items: items, next: hasMore ? items.last?.id : nil, counts: counts, states: Set(wanted.states))
  }

  /// How many documents are in each state.
  public func intakeCounts() throws -> [IntakeState: Int] {
    let rows = try query("SELECT state, count(*) FROM intake GROUP BY state") {
      (try $0[0] as IntakeState, try $0[1] as Int)
    }
    return Dictionary(uniqueKeysWithValues: rows)
  }

  /// How many documents of a batch wait.
  func waiting(in batch: IntakeBatch.ID) throws -> Int {
    try value(
      "SELECT count(*) FROM intake WHERE batch = ?1 AND state = 'waiting'", batch, as: Int.self) ?? 0
  }

  /// The document and, in a transaction for changes, nobody else's until its end.
  func lockDocument(_ id: IntakeDocument.ID) throws -> Claim? {
    try first(
      """
      SELECT id, batch, file, parent, position, sha256, attempts FROM intake WHERE id = ?1 AND state = 'review'
      \(.forUpdate)
      """, id
    ) { row in
      Claim(
        id: try row[0], batch: try row[1], file: try row[2], parent: try row[3], position: try row[4],
        sha256: try row[5], attempt: try row[6])
    }
  }

  /// The first document in review for each file content and place in it.
  func reviews(of digests: Set<String>) throws -> [ReviewedContent: IntakeDocument.ID] {
    let rows = try query(
      "SELECT sha256, position, id FROM intake WHERE state = 'review' AND sha256",
      in: digests.sorted().map(\.sqlValue)
    ) { (ReviewedContent(sha256: try $0[0], position: try $0[1]), try $0[2] as IntakeDocument.ID) }
    return Dictionary(rows) { min($0, $1) }
  }
}

/// A document's content.
struct ReviewedContent: Hashable {
  let sha256: String
  let position: Int
}
