import RevoadaScheduling

/// A statement whose rows are read in batches: the state behind one iteration of a ``RowStream``.
///
/// Released before the end, as after a `break`, it ends the statement in the background.
final class RowSource<Element: Sendable>: @unchecked Sendable {
  // One task iterates, and each of its calls has ended before the next.

  private enum State {
    case unstarted
    case running(Running)
    case ended
  }

  /// An open statement and its connection.
  private final class Running: @unchecked Sendable {  // used by one call at a time
    let borrowed: BorrowedConnection
    let cursor: any Cursor
    init(_ borrowed: BorrowedConnection, _ cursor: any Cursor) {
      self.borrowed = borrowed
      self.cursor = cursor
    }
    /// Ends the statement; blocks.
    func close() {
      cursor.close()
      borrowed.end()
    }
  }

  private let stream: RowStream<Element>
  private var state = State.unstarted
  /// Grows, so that a stream of few rows ends soon and one of many costs few changes of threads.
  private var size = 32

  init(_ stream: RowStream<Element>) { self.stream = stream }

  deinit {
    guard case .running(let running) = state else { return }
    spawn(name: "row stream end") { try await offload { running.close() } }
  }

  /// Some rows; none at the end.
  nonisolated(nonsending)
    func nextBatch() async throws -> [Element]
  {
    if case .unstarted = state { try await start() }
    guard case .running(let running) = state else { return [] }
    let (limit, decode) = (size, stream.decode)
    size = min(512, size * 4)
    let (rows, isEnd) = try await advancing(running) {
      var rows: [Element] = []
      rows.reserveCapacity(limit)
      while rows.count < limit {
        guard try running.cursor.next() else { return (rows, true) }
        rows.append(try decode(running.cursor.row))
      }
      return (rows, false)
    }
    if isEnd { await end(running) }
    return rows
  }

  nonisolated(nonsending)
    private func start() async throws
  {
    state = .ended  // unless it starts
    let database = stream.database
    let borrowed = try await database.breaker.call {
      try await BorrowedConnection(from: database.pools.readers, writing: false)
    }
    let (sql, values) = (stream.sql, stream.values)
    do {
      state = .running(
        try await borrowed.run {
          Running(borrowed, try borrowed.connection.open(sql, values, streamed: true))
        })
    } catch {
      borrowed.end()
      throw described(error)
    }
  }

  nonisolated(nonsending)
    private func advancing<R: Sendable>(_ running: Running, _ body: @escaping @Sendable () throws -> R)
    async throws -> R
  {
    do { return try await running.borrowed.run(body) } catch {
      let error = described(error)
      await end(running)
      throw error
    }
  }

  private func described(_ error: any Error) -> any Error {
    if Task.isCancelled { return CancellationError() }
    guard var error = error as? DatabaseError else { return error }
    error.statement = error.statement ?? stream.sql.text(for: stream.database.dialect)
    stream.database.instruments.failed(error)
    return error
  }

  nonisolated(nonsending)
    private func end(_ running: Running) async
  {
    state = .ended
    // In a task that is cancelled too, hence in a goroutine of its own.
    await spawn(name: "row stream end") { try await offload { running.close() } }.ending.ignore()
  }
}

extension Result {
  fileprivate func ignore() {}
}
