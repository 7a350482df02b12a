/// The rows of a statement, however many, read as they are asked for.
///
/// ```swift
/// let movements = database.rows("SELECT id, quantity FROM movement ORDER BY id") { row in
///   Movement(id: try row[0], quantity: try row[1])
/// }
/// for try await movement in movements { try file.write(movement) }
/// ```
///
/// The statement runs, with a connection of its own for reading, from the first element to the last: not beyond the end of the loop, nor a
/// cancellation. Some hundred decoded rows are in memory at a time. All are of one state of the database. A reader that takes hours keeps SQLite's log from
/// shrinking, and PostgreSQL from removing old rows.
///
/// Each iteration runs the statement anew. Nothing is retried, since rows have been handed out.
public struct RowStream<Element: Sendable>: AsyncSequence, Sendable {
  let database: Database
  let sql: SQL
  let values: [SQLValue]
  let decode: @Sendable (borrowing Row) throws -> Element

  /// Starts an iteration; nothing happens before the first element is asked for.
  public func makeAsyncIterator() -> Iterator { Iterator(source: RowSource(self)) }

  /// Hands out rows of a batch, then reads the next one.
  public struct Iterator: AsyncIteratorProtocol {
    private let source: RowSource<Element>
    private var batch: [Element] = []
    private var position = 0

    init(source: RowSource<Element>) { self.source = source }

    /// The next row; suspends when a batch must be read.
    /// - Throws: ``DatabaseError``; what the decoding throws; `CancellationError`. The statement has then ended.
    nonisolated(nonsending)
      public mutating func next() async throws -> Element?
    {
      if position == batch.count {
        batch = try await source.nextBatch()
        position = 0
        if batch.isEmpty { return nil }
      }
      defer { position += 1 }
      return batch[position]
    }
  }
}

extension Database {
  /// The rows of a statement, however many.
  ///
  /// - Parameters:
  ///   - sql: the statement.
  ///   - parameters: the values of `?1`, `?2`, …
  ///   - decode: makes an element of a row; runs on a thread that may block.
  public func rows<each Parameter: SQLConvertible, Element: Sendable>(
    _ sql: SQL, _ parameters: repeat each Parameter,
    decode: @escaping @Sendable (borrowing Row) throws -> Element
  ) -> RowStream<Element> {
    var values: [SQLValue] = []
    for parameter in repeat each parameters { values.append(parameter.sqlValue) }
    return rows(sql, values: values, decode: decode)
  }

  /// The rows of a statement, however many; for a number of parameters that is known only at run time.
  public func rows<Element: Sendable>(
    _ sql: SQL, values: [SQLValue], decode: @escaping @Sendable (borrowing Row) throws -> Element
  ) -> RowStream<Element> {
    RowStream(database: self, sql: sql, values: values, decode: decode)
  }
}
