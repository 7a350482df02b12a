import EstoqueDatabase
import EstoqueDomain

extension Session {
  static let productColumns: SQL =
    "id, version, code, name, unit, gtin, ncm, category, minimum, active"

  static func product(_ row: borrowing Row) throws -> Product {
    Product(
      id: try row[0], version: try row[1],
      details: Product.Details(
        code: try row[2], name: try row[3], unit: try row[4], gtin: try row[5], ncm: try row[6],
        category: try row[7],
        minimum: try row[8], isActive: try row[9]))
  }

  /// Adds a product.
  /// - Throws: ``StockFault/codeTaken(_:)``, ``StockFault/unknownCategory(_:)``.
  public func addProduct(_ details: Product.Details, at moment: Int64) throws -> Product {
    let id: Product.ID?
    do {
      id = try savepoint {
        try value(
          """
          INSERT INTO product (code, name, search, unit, gtin, ncm, category, minimum, active, created_at, updated_at)
          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10) RETURNING id
          """,
          details.code, details.name, details.search, details.unit, details.gtin, details.ncm,
          details.category,
          details.minimum, details.isActive, moment, as: Product.ID.self)
      }
    } catch let error as DatabaseError { throw Self.fault(error, details) }
    touch(StockTopic.products)
    return Product(id: id.unsafelyUnwrapped, version: 1, details: details)  // an INSERT returns its row
  }

  /// Changes a product as it was read.
  /// - Throws: ``StockFault/outdated(product:)`` if somebody else has changed it since; ``StockFault/codeTaken(_:)``.
  public func updateProduct(_ product: Product, at moment: Int64) throws -> Product {
    let details = product.details
    let changed: Int
    do {
      changed = try savepoint {
        try execute(
          """
          UPDATE product SET code = ?1, name = ?2, search = ?3, unit = ?4, gtin = ?5, ncm = ?6, category = ?7,
            minimum = ?8, active = ?9, updated_at = ?10, version = version + 1
          WHERE id = ?11 AND version = ?12
          """,
          details.code, details.name, details.search, details.unit, details.gtin, details.ncm,
          details.category,
          details.minimum, details.isActive, moment, product.id, product.version)
      }
    } catch let error as DatabaseError { throw Self.fault(error, details) }
    if changed == 0 {
      throw try self.product(product.id) == nil
        ? StockFault.unknownProduct(product.id) : StockFault.outdated(product: details.code)
    }
    touch(StockTopic.products)
    return Product(id: product.id, version: product.version + 1, details: details)
  }

  /// What a constraint that does not hold means.
  private static func fault(_ error: DatabaseError, _ details: Product.Details) -> any Error {
    if error.violation?.name == "product_code_key" { return StockFault.codeTaken(details.code) }
    if error.violation?.kind == .foreignKey, let category = details.category {
      return StockFault.unknownCategory(category)
    }
    return error
  }

  /// A product by its number.
  public func product(_ id: Product.ID) throws -> Product? {
    try first("SELECT \(Self.productColumns) FROM product WHERE id = ?1", id, decode: Self.product)
  }

  /// A product by the company's code.
  public func product(code: String) throws -> Product? {
    try first("SELECT \(Self.productColumns) FROM product WHERE code = ?1", code, decode: Self.product)
  }

}
