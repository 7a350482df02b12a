import EstoqueDatabase
import Foundation

extension Session {
  /// All categories, by name.
  public func categories() throws -> [Category] {
    try query("SELECT id, name FROM category ORDER BY name, id", decode: Self.category)
  }

  /// A category by its number.
  public func category(_ id: Category.ID) throws -> Category? {
    try first("SELECT id, name FROM category WHERE id = ?1", id, decode: Self.category)
  }

  /// A category by its name.
  public func category(named name: String) throws -> Category? {
    try first("SELECT id, name FROM category WHERE name = ?1", name, decode: Self.category)
  }

  /// Adds a category.
  /// - Throws: ``StockFault/nameTaken(_:)``, ``StockFault/nameless``.
  public func addCategory(_ name: String) throws -> Category {
    let name = try Self.named(name)
    let id = try unique("category_name_key", name) {
      try value("INSERT INTO category (name) VALUES (?1) RETURNING id", name, as: Category.ID.self)
    }
    touch(StockTopic.products)
    return Category(id: id.unsafelyUnwrapped, name: name)  // an INSERT returns its row
  }

  /// Renames a category.
  /// - Throws: ``StockFault/unknownCategory(_:)``, ``StockFault/nameTaken(_:)``, ``StockFault/nameless``.
  public func renameCategory(_ id: Category.ID, to name: String) throws -> Category {
    let name = try Self.named(name)
    let changed = try unique("category_name_key", name) {
      try execute("UPDATE category SET name = ?1 WHERE id = ?2", name, id)
    }
    if changed == 0 { throw StockFault.unknownCategory(id) }
    touch(StockTopic.products)
    return Category(id: id, name: name)
  }

  /// Removes a category that has no products.
  /// - Throws: ``StockFault/unknownCategory(_:)``, ``StockFault/categoryInUse(_:products:)``.
  public func removeCategory(_ id: Category.ID) throws {
    // Locked, so that no product comes into it meanwhile: its foreign key waits for us.
    let name = try value("SELECT name FROM category WHERE id = ?1 \(.forUpdate)", id, as: String.self)
    guard let name else { throw StockFault.unknownCategory(id) }
    let products = try value("SELECT count(*) FROM product WHERE category = ?1", id, as: Int.self) ?? 0
    if products > 0 { throw StockFault.categoryInUse(name, products: products) }
    try execute("DELETE FROM category WHERE id = ?1", id)
    touch(StockTopic.products)
  }

  private static func category(_ row: borrowing Row) throws -> Category {
    Category(id: try row[0], name: try row[1])
  }

  /// A name without blanks at its ends.
  static func named(_ text: String) throws -> String {
    let name = text.trimmingCharacters(in: .whitespacesAndNewlines)
    if name.isEmpty { throw StockFault.nameless }
    return name
  }

  /// Runs `body`, and says ``StockFault/nameTaken(_:)`` where the constraint does not hold.
  func unique<R>(_ constraint: String, _ name: String, _ body: () throws -> R) throws -> R {
    do { return try savepoint(body) } catch let error as DatabaseError
      where error.violation?.name == constraint
    {
      throw StockFault.nameTaken(name)
    }
  }
}
