import EstoqueDatabase
import EstoqueTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct InsertManyTests {
  private static let nasty = [
    "", " ", "\t", "\n", "\r\n", "\\", "\\N", "\\.", "\\t", "a\tb\\c\nd", "'\"`", "é ção ✓ 😀", "\u{7f}\u{1}",
    "\\x41", "NULL",
    String(repeating: "x\\\t", count: 50_000),
  ]

  @Test(arguments: Backend.available)
  func nastyTextComesBack(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      let rows = Self.nasty.enumerated().map { (number: $0.offset, text: $0.element) }
      try await database.transaction { session in
        try session.run(
          script: "CREATE TABLE nasty (n BIGINT, t TEXT, b \(.blob), r DOUBLE PRECISION, f BOOLEAN)")
        let inserted = try session.insertMany(into: "nasty", ["n", "t", "b", "r", "f"], rows) {
          element, row in
          row.write(element.number)
          row.write(element.text)
          row.write(Array(element.text.utf8) + [0])
          row.write(element.number == 0 ? nil : Double(element.number) / 3)
          row.write(element.number % 2 == 0)
        }
        #expect(inserted == rows.count)
        // The same rows by the other way that PostgreSQL has, for rows that may be there already.
        try session.execute("CREATE UNIQUE INDEX nasty_n ON nasty (n)")
        try session.execute("UPDATE nasty SET t = '', b = NULL, r = 0, f = NULL")
        let again = try session.insertMany(
          into: "nasty", ["n", "t", "b", "r", "f"], rows,
          onConflict:
            "ON CONFLICT (n) DO UPDATE SET t = excluded.t, b = excluded.b, r = excluded.r, f = excluded.f"
        ) { element, row in
          row.write(element.number)
          row.write(element.text)
          row.write(Array(element.text.utf8) + [0])
          row.write(element.number == 0 ? nil : Double(element.number) / 3)
          row.write(element.number % 2 == 0)
        }
        #expect(again == rows.count)
      }
      let found = try await database.read { session in
        try session.query("SELECT t, b, r, f FROM nasty ORDER BY n") { row in
          (
            text: try row[0] as String, bytes: try row[1] as [UInt8], real: try row[2] as Double?,
            flag: try row[3] as Bool
          )
        }
      }
      #expect(found.map(\.text) == Self.nasty)
      #expect(found.map(\.bytes) == Self.nasty.map { Array($0.utf8) + [0] })
      #expect(found.map(\.real) == Self.nasty.indices.map { $0 == 0 ? nil : Double($0) / 3 })
      #expect(found.map(\.flag) == Self.nasty.indices.map { $0 % 2 == 0 })
    }
  }

  @Test(arguments: Backend.available)
  func whatCannotBeStoredIsRefusedAndNothingIsInserted(_ backend: Backend) async throws {
    struct Broken: Error {}
    try await backend.withDatabase { database in
      try await database.createProducts()
      func insert(
        _ texts: [String], conflict: SQL? = nil,
        _ encode: @escaping @Sendable (String, inout RowWriter) throws -> Void = { $1.write($0) }
      ) async throws {
        try await database.transaction { session in
          _ = try session.insertMany(into: "product", ["code"], texts, onConflict: conflict, encode: encode)
        }
      }
      let nul = await databaseError { try await insert(["a", "b\0c"]) }
      #expect(nul?.kind == .parameters && nul?.message.contains("U+0000") == true)
      let double = await databaseError { try await insert(["a", "b", "a"]) }
      #expect(double?.violation?.name == "product_code_key")
      let short = await databaseError { try await insert(["a"]) { _, _ in } }
      #expect(short?.kind == .parameters)
      let long = await databaseError {
        try await insert(["a"]) {
          $1.write($0); $1.write($0)
        }
      }
      #expect(long?.kind == .parameters)
      await #expect(throws: Broken.self) { try await insert(["a", "b"]) { _, _ in throw Broken() } }
      let nowhere = await databaseError {
        try await database.transaction { try $0.insertMany(into: "no\"where", ["x"], [1]) { $1.write($0) } }
      }
      #expect(nowhere?.kind == .syntax)
      let reading = await databaseError {
        try await database.read { try $0.insertMany(into: "product", ["code"], ["a"]) { $1.write($0) } }
      }
      #expect(reading?.kind == .readOnly)
      let nulAgain = await databaseError {
        try await insert(["a", "b\0c"], conflict: "ON CONFLICT DO NOTHING")
      }
      #expect(nulAgain?.kind == .parameters && nulAgain?.message.contains("U+0000") == true)
      let nowhereAgain = await databaseError {
        try await database.transaction {
          try $0.insertMany(into: "no\"where", ["x"], [1], onConflict: "ON CONFLICT DO NOTHING") {
            $1.write($0)
          }
        }
      }
      #expect(nowhereAgain?.kind == .syntax)
      #expect(try await database.count() == 0)
      try await insert([])
      try await insert(["a", "b"])
      try await insert(["b", "c"], conflict: "ON CONFLICT DO NOTHING")
      #expect(try await database.count() == 3)
    }
  }

  @Test(arguments: Backend.available)
  func manyRowsThroughStatementsAreCountedRightly(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      try await database.createProducts()
      let (first, second) = try await database.transaction { session in
        func insert(_ range: Range<Int>) throws -> Int {
          try session.insertMany(
            into: "product", ["code"], range, onConflict: "ON CONFLICT (code) DO NOTHING"
          ) { number, row in
            row.write("p\(number)")
          }
        }
        return (try insert(0..<12_340), try insert(10_000..<20_000))
      }
      #expect(first == 12_340 && second == 7_660)
      #expect(try await database.count() == 20_000)
    }
  }
}
