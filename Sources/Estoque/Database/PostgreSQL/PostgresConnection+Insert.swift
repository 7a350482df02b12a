import CPostgreSQL

extension PostgresConnection {
  func insert(_ target: BulkInsert, _ next: (inout RowWriter) throws -> Bool) throws -> Int {
    target.conflict == nil ? try copy(target, next) : try insertArrays(target, next)
  }

  // MARK: COPY

  private static let piece = 1 << 16

  private func copy(_ target: BulkInsert, _ next: (inout RowWriter) throws -> Bool) throws -> Int {
    let columns = target.columns.map(quoted).joined(separator: ", ")
    PQclear(try check(PQexec(handle, "COPY \(quoted(target.table)) (\(columns)) FROM STDIN")))
    var writer = RowWriter(.copy)
    do {
      while try next(&writer) {
        if writer.bytes.count < Self.piece { continue }
        try send(writer.bytes)
        writer.bytes.removeAll(keepingCapacity: true)
        if interruption.isCancelled { throw CancellationError() }
      }
      try send(writer.bytes)
    } catch {
      // The server takes nothing of a copy that is ended by an error.
      _ = try? endCopy("the client gave up")
      throw error
    }
    return try endCopy(nil)
  }

  private func send(_ bytes: [UInt8]) throws(DatabaseError) {
    if bytes.isEmpty { return }
    let code = bytes.withUnsafeBytes {
      PQputCopyData(handle, $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32($0.count))
    }
    if code != 1 { throw failure(nil) }
  }

  private func endCopy(_ complaint: String?) throws(DatabaseError) -> Int {
    guard PQputCopyEnd(handle, complaint) == 1 else { throw failure(nil) }
    let result = PQgetResult(handle)
    while let rest = PQgetResult(handle) { PQclear(rest) }
    let checked = try check(result)
    defer { PQclear(checked) }
    return PostgresResult.changedRows(checked)
  }

  // MARK: Arrays

  private static let rowsAtOnce = 10_000

  /// By a statement that takes an array for each column: one text, and so one plan, for any number of rows.
  private func insertArrays(_ target: BulkInsert, _ next: (inout RowWriter) throws -> Bool) throws -> Int {
    let statement = SQL(verbatim: target.arrayStatement(types: try columnTypes(of: target)))
    var writer = RowWriter(.arrays(columns: target.columns.count))
    var (rows, inserted) = (0, 0)
    while try next(&writer) {
      rows += 1
      if rows < Self.rowsAtOnce { continue }
      inserted += try execute(statement, writer.takeArrays())
      rows = 0
      if interruption.isCancelled { throw CancellationError() }
    }
    if rows > 0 { inserted += try execute(statement, writer.takeArrays()) }
    return inserted
  }

  /// The types of the columns, as the table has them; of a table or a column that does not exist, any: the statement will say so.
  private func columnTypes(of target: BulkInsert) throws -> [String] {
    let types = try columnTypes[target.table] ?? readColumnTypes(of: target.table)
    if !types.isEmpty { columnTypes[target.table] = types }
    return target.columns.map { types[$0] ?? "text" }
  }

  private func readColumnTypes(of table: String) throws -> [String: String] {
    let cursor = try open(
      """
      SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
      WHERE attrelid = to_regclass(?1) AND attnum > 0 AND NOT attisdropped
      """, [.text(quoted(table))], streamed: false)
    defer { cursor.close() }
    var types: [String: String] = [:]
    func note(_ row: borrowing Row) throws {
      let (name, type): (String, String) = (try row[0], try row[1])
      types[name] = type
    }
    while try cursor.next() { try note(cursor.row) }
    return types
  }
}

extension BulkInsert {
  /// `INSERT` of rows whose columns come as arrays.
  fileprivate func arrayStatement(types: [String]) -> String {
    let list = columns.map(quoted).joined(separator: ", ")
    let arrays = types.enumerated().map { "CAST(?\($0 + 1) AS \($1)[])" }.joined(separator: ", ")
    let clause = conflict.map { " " + $0.postgres } ?? ""
    return "INSERT INTO \(quoted(table)) (\(list)) SELECT * FROM unnest(\(arrays))\(clause)"
  }
}
