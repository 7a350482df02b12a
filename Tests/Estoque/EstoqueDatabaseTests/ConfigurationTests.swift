import EstoqueTestSupport
import Testing

@testable import EstoqueDatabase

@Suite struct ConfigurationTests {
  @Test func passwordsDoNotShow() throws {
    let address = try PostgresAddress("postgres://me:verysecret@example.com:6543/stock?sslmode=require")
    let configuration = DatabaseConfiguration.postgres(address)
    var dumped = ""
    dump(configuration, to: &dumped)
    for text in [
      "\(address)", String(reflecting: address), "\(configuration)", String(reflecting: configuration),
      dumped,
    ] {
      #expect(!text.contains("verysecret"))
    }
    #expect(address.description == "PostgreSQL at example.com:6543, database stock, user me")
    #expect(address.parameters["password"] == "verysecret" && address.parameters["connect_timeout"] == "5")
  }

  @Test(arguments: ["postgres://me:verysecret@host:port:x/%zz", "postgresql://me:verysecret@/x?verysecret"])
  func wrongConnectionStringsAreNotQuoted(_ text: String) throws {
    let error = #expect(throws: DatabaseError.self) { try DatabaseConfiguration(text) }
    #expect(error?.kind == .configuration)
    #expect(error.map { "\($0)".contains("verysecret") } == false)
  }

  @Test func locationsChooseTheBackend() throws {
    #expect(try DatabaseConfiguration("estoque.db").backend == .sqlite(SQLiteSettings(path: "estoque.db")))
    #expect(try DatabaseConfiguration("postgres:///x").pool.max == 25)
    #expect(throws: DatabaseError.self) { try DatabaseConfiguration("") }
    var wrong = DatabaseConfiguration.memory
    wrong.pool.timeout = .zero
    #expect(throws: (any Error).self) { try Database(wrong) }
    wrong = .memory
    wrong.breaker.threshold = 0
    #expect(throws: (any Error).self) { try Database(wrong) }
  }
}
