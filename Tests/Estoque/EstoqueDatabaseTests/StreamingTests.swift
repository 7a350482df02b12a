import EstoqueDatabase
import Revoada
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

  @Test(arguments: Backend.concurrent)
  func aMillionRowsNeedLittleMemory(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      try await fill(database, 1_000_000)
      let before = residentMemory()
      var (sum, rows, most) = (0, 0, 0)
      for try await (number, text) in database.rows(
        "SELECT n, t FROM number", decode: { row in (try row[0] as Int, try row[1] as String) })
      {
        sum += number
        rows += text.isEmpty ? 0 : 1
        if rows % 100_000 == 0 { most = max(most, residentMemory() - before) }
      }
      #expect(rows == 1_000_000 && sum == 499_999_500_000)
      #expect(most < 40 << 20, "grew by \(most >> 20) MiB")
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
