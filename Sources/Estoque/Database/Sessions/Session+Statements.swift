extension Session {
  /// Runs a statement for its effect.
  ///
  /// - Parameters:
  ///   - sql: the statement.
  ///   - parameters: the values of `?1`, `?2`, …
  /// - Returns: the number of rows that it inserted, updated or deleted.
  /// - Throws: ``DatabaseError``; `CancellationError`.
  @discardableResult @inlinable
  public func execute<each Parameter: SQLConvertible>(_ sql: SQL, _ parameters: repeat each Parameter) throws
    -> Int
  {
    try execute(sql, values: collect(repeat each parameters))
  }

  /// All rows of a statement.
  ///
  /// - Parameters:
  ///   - sql: the statement; also an `INSERT … RETURNING`.
  ///   - parameters: the values of `?1`, `?2`, …
  ///   - decode: makes a value of a row.
  /// - Throws: ``DatabaseError``; what `decode` throws; `CancellationError`.
  @inlinable
  public func query<each Parameter: SQLConvertible, Value>(
    _ sql: SQL, _ parameters: repeat each Parameter, decode: (borrowing Row) throws -> Value
  ) throws -> [Value] {
    try query(sql, values: collect(repeat each parameters), decode: decode)
  }

  /// The first row of a statement; nil if there is none. Otherwise as ``query(_:_:decode:)``.
  @inlinable
  public func first<each Parameter: SQLConvertible, Value>(
    _ sql: SQL, _ parameters: repeat each Parameter, decode: (borrowing Row) throws -> Value
  ) throws -> Value? {
    try first(sql, values: collect(repeat each parameters), decode: decode)
  }

  /// The first column of the first row: `try session.value("SELECT count(*) FROM product", as: Int.self)`.
  ///
  /// Nil if there is no row; what may be NULL is asked for as an optional type.
  @inlinable
  public func value<each Parameter: SQLConvertible, Value: SQLConvertible>(
    _ sql: SQL, _ parameters: repeat each Parameter, as type: Value.Type
  ) throws -> Value? {
    try first(sql, values: collect(repeat each parameters)) { row in try row[0] }
  }

  /// Calls `body` with each row, however many there are: they are not held in memory.
  ///
  /// No other statement can run in this session before the end. An error that `body` throws ends the statement.
  @inlinable
  public func forEach<each Parameter: SQLConvertible>(
    _ sql: SQL, _ parameters: repeat each Parameter, body: (borrowing Row) throws -> Void
  ) throws {
    try forEach(sql, values: collect(repeat each parameters), body: body)
  }

  @inlinable
  func collect<each Parameter: SQLConvertible>(_ parameters: repeat each Parameter) -> [SQLValue] {
    var values: [SQLValue] = []
    for parameter in repeat each parameters { values.append(parameter.sqlValue) }
    return values
  }

  // MARK: With parameters that are known as values only

  /// Runs a statement for its effect; for a number of parameters that is known only at run time.
  @discardableResult
  public func execute(_ sql: SQL, values: [SQLValue]) throws -> Int {
    try perform(sql) { try connection.execute(sql, values) }
  }

  /// All rows of a statement; for a number of parameters that is known only at run time.
  public func query<Value>(
    _ sql: SQL, values: [SQLValue], decode: (borrowing Row) throws -> Value
  ) throws -> [Value] {
    try perform(sql) {
      let cursor = try connection.open(sql, values, streamed: false)
      defer { cursor.close() }
      var result: [Value] = []
      while try cursor.next() { result.append(try decode(cursor.row)) }
      return result
    }
  }

  /// The first row of a statement; for a number of parameters that is known only at run time.
  public func first<Value>(
    _ sql: SQL, values: [SQLValue], decode: (borrowing Row) throws -> Value
  ) throws -> Value? {
    try perform(sql) {
      let cursor = try connection.open(sql, values, streamed: false)
      defer { cursor.close() }
      return try cursor.next() ? try decode(cursor.row) : nil
    }
  }

  /// Calls `body` with each row; for a number of parameters that is known only at run time.
  public func forEach(_ sql: SQL, values: [SQLValue], body: (borrowing Row) throws -> Void) throws {
    try perform(sql) {
      let cursor = try connection.open(sql, values, streamed: true)
      defer { cursor.close() }
      try streaming { while try cursor.next() { try body(cursor.row) } }
    }
  }

  /// Runs several statements without parameters, separated by semicolons: a migration's.
  public func run(script: SQL) throws { try perform(script) { try connection.run(script: script) } }

  /// Inserts many rows in the quickest way that the database has: a `COPY` in PostgreSQL, one prepared statement in SQLite.
  ///
  /// ```swift
  /// let inserted = try session.insertMany(into: "movement", ["product", "quantity"], lines) { line, row in
  ///   row.write(line.product)
  ///   row.write(line.quantity)
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - table: the table's name.
  ///   - columns: the columns that are given.
  ///   - elements: what becomes a row each.
  ///   - conflict: an `ON CONFLICT …` clause. PostgreSQL then gets statements with arrays of 10,000 rows, since `COPY` knows no such
  ///     clause; a clause that updates must not meet the same row twice.
  ///   - encode: writes one value for each column.
  /// - Returns: the number of rows that were inserted or, by the clause, updated.
  /// - Throws: ``DatabaseError``; what `encode` throws; `CancellationError`. Then nothing is inserted, since the transaction has failed.
  @discardableResult
  public func insertMany<Elements: Sequence>(
    into table: String, _ columns: [String], _ elements: Elements, onConflict conflict: SQL? = nil,
    encode: (Elements.Element, inout RowWriter) throws -> Void
  ) throws -> Int {
    if columns.isEmpty { throw DatabaseError(.parameters, "insertMany into \(table): there are no columns") }
    guard case .changes = kind else {
      throw DatabaseError(.readOnly, "insertMany into \(table) needs a transaction for changes")
    }
    var iterator = elements.makeIterator()
    let target = BulkInsert(table: table, columns: columns, conflict: conflict)
    return try perform(SQL(verbatim: "insertMany into \(table)")) {
      try connection.insert(target) { row in
        guard let element = iterator.next() else { return false }
        try encode(element, &row)
        try row.endRow(expected: columns.count)
        return true
      }
    }
  }
}
