import EstoqueDatabase
import EstoqueDocuments
import EstoqueStock

/// An invoice that has been posted.
struct PostedInvoice: Sendable {
  let key: String
  let intake: IntakeDocument.ID
  let sha256: String
  /// Whether the authority has let it pass; a bare one that a person has accepted gives way to its authorised form.
  let isAuthorised: Bool
  let posting: Int64?
  let isCancelled: Bool
}

extension Session {
  /// Has the keys for this transaction alone: nobody else posts, cancels or reviews the same invoice meanwhile.
  ///
  /// In SQLite whoever changes something is alone. In PostgreSQL these are advisory locks, taken in one order, so that nobody waits in a circle;
  /// two keys with the same hash only wait for each other.
  func lockKeys(_ keys: some Sequence<String>) throws {
    guard dialect == .postgres else { return }
    let hashes = Set(keys.map(hash)).sorted()
    for start in stride(from: 0, to: hashes.count, by: 256) {
      let chunk = hashes[start..<min(start + 256, hashes.count)]
      var size = 1
      while size < chunk.count { size *= 2 }
      let padded = Array(chunk) + [Int64](repeating: hashes[chunk.endIndex - 1], count: size - chunk.count)
      let rows = (1...size).map { "(CAST(?\($0) AS BIGINT))" }.joined(separator: ", ")
      try execute(
        "SELECT pg_advisory_xact_lock(v.hash) FROM (VALUES \(SQL(verbatim: rows))) AS v (hash)",
        values: padded.map { .integer($0) })
    }
  }

  /// Is alone in creating products out of invoices.
  func lockCreation() throws { try lockKeys(["product"]) }

  /// FNV-1a of 64 bits.
  private func hash(_ key: String) -> Int64 {
    Int64(
      bitPattern: key.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 })
  }

  func postedInvoices(_ keys: some Collection<String>) throws -> [String: PostedInvoice] {
    let rows = try query(
      "SELECT key, intake, sha256, authorised, posting, cancelled_at FROM nfe WHERE key",
      in: keys.map(\.sqlValue)
    ) { row in
      PostedInvoice(
        key: try row[0], intake: try row[1], sha256: try row[2], isAuthorised: try row[3],
        posting: try row[4],
        isCancelled: !row.isNull(5))
    }
    return Dictionary(rows.map { ($0.key, $0) }) { first, _ in first }
  }

  func addInvoices(_ invoices: [PostedInvoice]) throws {
    try insertMany(into: "nfe", ["key", "intake", "sha256", "authorised", "posting"], invoices) {
      invoice, row in
      row.write(invoice.key)
      row.write(invoice.intake)
      row.write(invoice.sha256)
      row.write(invoice.isAuthorised)
      row.write(invoice.posting)
    }
  }

  func replaceInvoice(_ invoice: PostedInvoice) throws {
    try execute(
      "UPDATE nfe SET intake = ?2, sha256 = ?3, authorised = ?4, posting = ?5 WHERE key = ?1", invoice.key,
      invoice.intake, invoice.sha256, invoice.isAuthorised, invoice.posting)
  }

  func cancelInvoice(_ key: String, reversal: Int64?, at moment: Int64) throws {
    try execute(
      "UPDATE nfe SET cancelled_at = ?2, reversal = ?3 WHERE key = ?1", key, moment, reversal)
  }

  // MARK: Events

  /// Records an event.
  /// - Returns: the document that brought it before, if one did; then nothing is changed.
  func addEvent(
    _ event: Event, of intake: IntakeDocument.ID, sha256: String, state: InvoiceEvent.State
  ) throws -> IntakeDocument.ID? {
    let added = try execute(
      """
      INSERT INTO nfe_event (intake, key, environment, type, sequence, sha256, happened_at, text, state)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (key, environment, type, sequence) DO NOTHING
      """, intake, event.key.text, event.environment.rawValue, event.type.code, event.sequence, sha256,
      event.date.map { Int64($0.secondsSince1970) * 1_000_000 }, event.text, state)
    if added > 0 { return nil }
    return try value(
      "SELECT intake FROM nfe_event WHERE key = ?1 AND environment = ?2 AND type = ?3 AND sequence = ?4",
      event.key.text, event.environment.rawValue, event.type.code, event.sequence,
      as: IntakeDocument.ID.self)
  }

  /// The events of an invoice, in the order in which they became known.
  public func invoiceEvents(of key: String) throws -> [InvoiceEvent] {
    try query(
      "SELECT intake, type, sequence, happened_at, text, state FROM nfe_event WHERE key = ?1 ORDER BY id", key
    ) { row in
      InvoiceEvent(
        document: try row[0], type: try row[1], sequence: try row[2], happenedAt: try row[3],
        text: try row[4], state: try row[5])
    }
  }

  /// The keys among these for which a cancellation waits.
  func waitingCancellations(of keys: some Collection<String>) throws -> Set<String> {
    Set(
      try query("SELECT key FROM nfe_event WHERE state = 'waiting' AND key", in: keys.map(\.sqlValue)) {
        try $0[0] as String
      })
  }

  /// The cancellations that waited for an invoice wait no longer.
  func applyCancellations(of key: String) throws {
    try execute("UPDATE nfe_event SET state = 'applied' WHERE key = ?1 AND state = 'waiting'", key)
  }
}
