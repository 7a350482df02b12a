import EstoqueDatabase
import Foundation
import Revoada
import Testing

// The examples of the documentation, line for line.

private struct NoSuchProduct: Error { let id: Int64 }
private struct Product: Sendable {
  let id: Int64
  let name: String
}
private struct Movement: Sendable {
  let id: Int64
  let quantity: Int64
}
private final class File: Sendable {
  let lines = AtomicInteger()
  func write(_ movement: Movement) throws { lines.add(1) }
}

private func rename(_ id: Int64, to name: String, in session: Session) throws {
  let changed = try session.execute("UPDATE product SET name = ?1 WHERE id = ?2", name, id)
  if changed == 0 { throw NoSuchProduct(id: id) }
}

private let migrations = [
  Migration(1, "products", "CREATE TABLE product (id \(.identity), code TEXT NOT NULL UNIQUE)"),
  Migration(2, "names", "ALTER TABLE product ADD COLUMN name TEXT NOT NULL DEFAULT ''"),
]

@Suite(.timeLimit(.minutes(10)))
struct DocumentationExamples {
  @Test func overview() async throws {
    let location = ":memory:"
    let code = "A1"
    let database = try Database(DatabaseConfiguration(location))
    try await database.migrate(migrations)
    let id = try await database.transaction { session in
      try session.value("INSERT INTO product (code) VALUES (?1) RETURNING id", code, as: Int64.self)
    }
    for try await code in database.rows("SELECT code FROM product", decode: { row in try row[0] as String }) {
      print(code)
    }
    #expect(id == 1)
    try await database.transaction { try rename(1, to: "Parafuso", in: $0) }
    await #expect(throws: NoSuchProduct.self) {
      try await database.transaction { try rename(2, to: "Porca", in: $0) }
    }
    let products = try await database.read { session in
      let products = try session.query("SELECT id, name FROM product") { row in
        Product(id: try row[0], name: try row[1])
      }
      return products
    }
    #expect(products.map(\.name) == ["Parafuso"])
    let found = try await database.read { session in
      let ids = Array(Int64(1)...400)
      let names = try session.query(in: ids, { "SELECT name FROM product WHERE id IN (\($0))" }) { row in
        try row[0] as String
      }
      return names
    }
    #expect(found == ["Parafuso"])
    try await database.close()
  }

  @Test func firstSteps() async throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let database = try Database(.sqlite("\(path)/estoque.db"))
    try await database.migrate([
      Migration(
        1, "products",
        "CREATE TABLE product (name TEXT); CREATE TABLE movement (id \(.identity), product BIGINT, quantity BIGINT)"
      )
    ])
    try await database.transaction { session in
      try session.execute("INSERT INTO product (name) VALUES (?1)", "Parafuso")
    }
    let names = try await database.read { session in
      try session.query("SELECT name FROM product ORDER BY name") { row in try row[0] as String }
    }
    #expect(names == ["Parafuso"])
    let lines: [(product: Int64, quantity: Int64)] = [(1, 5), (1, -2)]
    let count = try await database.transaction { session in
      let inserted = try session.insertMany(into: "movement", ["product", "quantity"], lines) { line, row in
        row.write(line.product)
        row.write(line.quantity)
      }
      return inserted
    }
    #expect(count == 2)
    let file = File()
    let movements = database.rows("SELECT id, quantity FROM movement ORDER BY id") { row in
      Movement(id: try row[0], quantity: try row[1])
    }
    for try await movement in movements { try file.write(movement) }
    #expect(file.lines.load() == 2)
    try await database.close()
  }
}
