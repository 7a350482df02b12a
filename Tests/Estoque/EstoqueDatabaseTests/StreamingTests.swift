import EstoqueDatabase
import EstoqueTestSupport
import Revoada
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10)), .serialized)
struct StreamingTests {
  private func fill(_ database: Database, _ count: Int) async throws {
    try await database.transaction { session in
      try session.execute("CREATE TABLE number (n BIGINT, t TEXT)")
      try session.insertMany(into: "number", ["n", "t"], 0..<count) { number, row in
        row.write(number)
        row.write("a text of some length, so that a million of them would show in the memory")
      }
    }
  }

  /// A result that were collected anywhere, by the driver or by the stream, would never come.
  @Test(arguments: Backend.available)
  func anEndlessResultIsStreamed(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      let decoded = Atomic(0)
      var (taken, ahead, inOrder) = (0, 0, true)
      let endless = database.rows(
        "WITH RECURSIVE count (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count) SELECT n FROM count"
      ) { row in
        decoded.add(1, ordering: .relaxed)
        return try row[0] as Int
      }
      for try await number in endless {
        taken += 1
        inOrder = inOrder && number == taken
        ahead = max(ahead, decoded.load(ordering: .relaxed) - taken)
        if taken == 200_000 { break }
      }
      #expect(taken == 200_000 && inOrder)
      #expect(ahead <= 2048, "\(ahead) rows lay between the database and the loop")
    }
  }

  @Test(arguments: Backend.available)
  func aStreamThatIsLeftEarlyGivesItsConnectionBack(_ backend: Backend) async throws {
    try await backend.withDatabase({ $0.pool.max = 1 }) { database in
      try await fill(database, 5000)
      for _ in 0..<5 {
        var rows = 0
        for try await _ in database.rows("SELECT n FROM number", decode: { try $0[0] as Int }) {
          rows += 1
          if rows == 40 { break }
        }
        #expect(rows == 40)
      }
      #expect(try await database.count("number") == 5000)
    }
  }

  @Test(arguments: Backend.available)
  func emptyWrongAndFailingStreamsEnd(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      try await fill(database, 1000)
      var rows = 0
      for try await _ in database.rows(
        "SELECT n FROM number WHERE n > ?1", 5000, decode: { try $0[0] as Int })
      { rows += 1 }
      #expect(rows == 0)
      let wrong = await databaseError {
        for try await _ in database.rows("SELECT n FROM nowhere", decode: { try $0[0] as Int }) {}
      }
      #expect(wrong?.kind == .syntax)
      let changing = await databaseError {
        for try await _ in database.rows("DELETE FROM number RETURNING n", decode: { try $0[0] as Int }) {}
      }
      #expect(changing?.kind == .readOnly)
      let undecodable = await databaseError {
        for try await _ in database.rows("SELECT t FROM number", decode: { try $0[0] as Int }) { rows += 1 }
      }
      #expect(undecodable?.kind == .decoding && rows == 0)
      #expect(try await database.count("number") == 1000)
    }
  }

  @Test(arguments: Backend.available)
  func aCancelledStreamEnds(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      try await fill(database, 200_000)
      let started = Channel<Int>(capacity: 1)
      let reader = spawn {
        for try await number in database.rows("SELECT n FROM number", decode: { try $0[0] as Int }) {
          if number == 0 { try await started.send(0) }
          await Task.yield()
        }
      }
      _ = try await started.receive()
      reader.cancel()
      await #expect(throws: CancellationError.self) { try await reader.value }
      #expect(try await database.count("number") == 200_000)
    }
  }
}
