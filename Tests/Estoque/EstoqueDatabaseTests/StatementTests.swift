import EstoqueDatabase
import EstoqueTestSupport
import Revoada
import Testing

private enum Kind: String, SQLConvertible { case inward, outward }

@Suite(.timeLimit(.minutes(10)))
struct StatementTests {
  private struct Product: Equatable, Sendable {
    let code: String
    let name: String?
    let quantity: Int64
    let photo: [UInt8]?
    let price: Double?
    let active: Bool
  }

  @Test(arguments: Backend.available)
  func valuesComeBackAsTheyWere(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      try await database.createProducts()
      let products = [
        Product(
          code: "a", name: "Ação ✓ 😀", quantity: .max, photo: [0, 1, 255, 0], price: 0.1, active: true),
        Product(code: "", name: nil, quantity: 0, photo: nil, price: nil, active: false),
        Product(
          code: "'; DROP TABLE product; --", name: "", quantity: 7, photo: [], price: -1e-300, active: true),
      ]
      try await database.transaction { session in
        for product in products {
          let changed = try session.execute(
            "INSERT INTO product (code, name, quantity, photo, price, active) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            product.code, product.name, product.quantity, product.photo, product.price, product.active)
          #expect(changed == 1)
        }
      }
      let found = try await database.read { session in
        try session.query("SELECT code, name, quantity, photo, price, active FROM product ORDER BY id") {
          row in
          Product(
            code: try row[0], name: try row[1], quantity: try row[2], photo: try row[3], price: try row[4],
            active: try row[5])
        }
      }
      #expect(found == products)
      let smallest = try await database.transaction { session in
        try session.execute("INSERT INTO category VALUES (?1, ?2)", Int64.min, Kind.outward)
        return try session.first("SELECT id, name FROM category") { row in
          (try row[0] as Int64, try row[1] as Kind)
        }
      }
      #expect(smallest?.0 == .min && smallest?.1 == .outward)
    }
  }

  @Test(arguments: Backend.available)
  func upsertsReturningAndCounts(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      try await database.createProducts()
      let upsert: SQL = """
        INSERT INTO product (code, quantity) VALUES (?1, ?2)
        ON CONFLICT (code) DO UPDATE SET quantity = product.quantity + excluded.quantity RETURNING quantity
        """
      for expected in [5, 10, 15] as [Int64] {
        let quantity = try await database.transaction { try $0.value(upsert, "x", 5, as: Int64.self) }
        #expect(quantity == expected)
      }
      try await database.transaction { session in
        try session.execute("INSERT INTO product (code) VALUES ('y'), ('z')")
        #expect(try session.execute("UPDATE product SET name = code") == 3)
        #expect(try session.execute("SELECT * FROM product") == 0)
        #expect(try session.execute("DELETE FROM product WHERE code = ?1", "nothing") == 0)
        #expect(try session.value("SELECT sum(quantity) FROM product", as: Int64.self) == 15)
        #expect(try session.value("SELECT code FROM product WHERE code = 'none'", as: String.self) == nil)
        #expect(try session.value("SELECT max(price) FROM product", as: Double?.self) == .some(.none))
        // The same parameter twice, text that looks like one, and a list.
        let codes = try session.query(
          "SELECT code, '?1' FROM product WHERE code IN (\(placeholders: 1...2)) OR name = ?1 ORDER BY code /* ?9 */",
          "y", "z"
        ) { row in "\(try row[0] as String)\(try row[1] as String)" }
        #expect(codes == ["y?1", "z?1"])
        // Taken by one who skips what others have.
        let claimed = try session.first("SELECT id FROM product ORDER BY id LIMIT 1 \(.skipLocked)") {
          try $0[0] as Int
        }
        #expect(claimed != nil)
        #expect(
          try session.query("SELECT 1 FROM product WHERE name \(.like) ?1", "X%") { try $0[0] as Int } == [1])
      }
    }
  }

  @Test(arguments: Backend.available)
  func wrongUseIsReportedByKind(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      try await database.createProducts()
      func kind<R: Sendable>(_ body: @escaping @Sendable (Session) throws -> R) async -> DatabaseError.Kind? {
        await databaseError { try await database.transaction(body) }?.kind
      }
      #expect(await kind { try $0.execute("SELEKT 1") } == .syntax)
      #expect(await kind { try $0.execute("SELECT * FROM nowhere") } == .syntax)
      #expect(await kind { try $0.execute("SELECT code FROM product WHERE code = ?1") } == .parameters)
      #expect(await kind { try $0.execute("SELECT code FROM product", 1) } == .parameters)
      #expect(await kind { try $0.execute("INSERT INTO product (code) VALUES (?1)", "a\0b") } == .parameters)
      #expect(await kind { try $0.value("SELECT 'word'", as: Int.self) } == .decoding)
      #expect(await kind { try $0.value("SELECT NULL", as: String.self) } == .decoding)
      #expect(await kind { try $0.first("SELECT 1") { row in try row[1] as Int } } == .decoding)
      #expect(await kind { try $0.value("SELECT 'sideward'", as: Kind.self) } == .decoding)
      let refused = await databaseError {
        try await database.read { try $0.execute("INSERT INTO product (code) VALUES (?1)", "secret-value") }
      }
      #expect(refused?.kind == .readOnly)
      #expect(refused?.statement?.contains("INSERT INTO product") == true)
      #expect(refused.map { "\($0)".contains("secret-value") } == false)
      #expect(try await database.count() == 0)
    }
  }

  @Test(arguments: Backend.available)
  func constraintsAreNamedTheSame(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      try await database.createProducts()
      try await database.transaction { session in
        try session.execute("INSERT INTO category VALUES (1, 'tools')")
        try session.execute("INSERT INTO product (code, name, category) VALUES ('a', 'saw', 1)")
      }
      func violation(_ sql: SQL) async -> ConstraintViolation? {
        await databaseError { try await database.transaction { try $0.execute(sql) } }?.violation
      }
      let unique = await violation("INSERT INTO product (code) VALUES ('a')")
      #expect(unique?.kind == .unique && unique?.name == "product_code_key" && unique?.table == "product")
      let index = await violation("INSERT INTO product (code, name, category) VALUES ('b', 'saw', 1)")
      #expect(index?.kind == .unique && index?.name == "product_name_unique")
      let key = await violation("INSERT INTO category VALUES (1, 'x')")
      #expect(key?.kind == .unique && key?.name == "category_pkey")
      let check = await violation("UPDATE product SET quantity = -1")
      #expect(check?.kind == .check && check?.name == "quantity_positive")
      let foreign = await violation("UPDATE product SET category = 9")
      #expect(foreign?.kind == .foreignKey)
      #expect(foreign?.name == (backend == .postgres ? "product_category_fkey" : nil))
      let missing = await violation("INSERT INTO product (name) VALUES ('x')")
      #expect(missing?.kind == .notNull && missing?.table == "product" && missing?.columns == ["code"])
    }
  }

  @Test(arguments: Backend.available)
  func forEachKeepsOthersOutUntilItsEnd(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      try await database.transaction { session in
        try session.execute("CREATE TABLE number (n BIGINT)")
        try session.insertMany(into: "number", ["n"], 1...1000) { number, row in row.write(number) }
        var sum = 0
        try session.forEach("SELECT n FROM number") { row in sum += try row[0] }
        #expect(sum == 500_500)
        struct Enough: Error {}
        #expect(throws: Enough.self) {
          try session.savepoint { try session.forEach("SELECT n FROM number") { _ in throw Enough() } }
        }
        var inner: DatabaseError?
        try session.forEach("SELECT n FROM number LIMIT 1") { _ in
          do { _ = try session.value("SELECT 1", as: Int.self) } catch { inner = error as? DatabaseError }
        }
        #expect(inner?.kind == .misuse)
        #expect(try session.value("SELECT count(*) FROM number", as: Int.self) == 1000)
      }
    }
  }

  @Test(arguments: Backend.available)
  func statementsAreKeptAndEvicted(_ backend: Backend) async throws {
    try await backend.withDatabase({ $0.statementCache = 3 }) { database in
      try await database.read { session in
        for round in 0..<3 {
          for number in 0..<5 {
            let value = try session.value(
              SQL(verbatim: "SELECT \(number) + CAST(?1 AS BIGINT)"), round, as: Int.self)
            #expect(value == number + round)
          }
        }
        for round in 0..<10 {
          #expect(try session.value("SELECT CAST(?1 AS BIGINT)", round, as: Int.self) == round)
        }
      }
    }
  }
}
