import CPostgreSQL

extension PostgresConnection {
  func insert(_ target: BulkInsert, _ next: (inout RowWriter) throws -> Bool) throws -> Int {
    target.conflict == nil ? try copy(target, next) : try insertByStatements(target, next)
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

  // MARK: Statements of many rows

  private func insertByStatements(_ target: BulkInsert, _ next: (inout RowWriter) throws -> Bool) throws
    -> Int
  {
    let most = max(1, min(500, 65_535 / target.columns.count))
    let whole = SQL(verbatim: target.statement(rows: most, .postgres))
    var writer = RowWriter(.values)
    var (rows, inserted) = (0, 0)
    while try next(&writer) {
      rows += 1
      if rows < most { continue }
      inserted += try execute(whole, writer.values)
      writer.values.removeAll(keepingCapacity: true)
      rows = 0
    }
    if rows == 0 { return inserted }
    let result = try runOnce(target.statement(rows: rows, .postgres), writer.values)
    defer { PQclear(result) }
    return inserted + PostgresResult.changedRows(result)
  }
}
