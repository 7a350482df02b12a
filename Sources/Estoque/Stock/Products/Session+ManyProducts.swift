import EstoqueDatabase
import EstoqueDomain

// Many products in a few statements, as imports want them.
extension Session {
  /// The numbers of the products with these codes; those that do not exist are left out.
  public func productIDs(codes: some Collection<String>) throws -> [String: Product.ID] {
    let rows = try query(in: codes, { "SELECT code, id FROM product WHERE code IN (\($0))" }) { row in
      (try row[0] as String, try row[1] as Product.ID)
    }
    return Dictionary(rows) { $1 }
  }

  /// The products with these numbers; those that do not exist are left out.
  public func products(_ ids: some Collection<Product.ID>) throws -> [Product.ID: Product] {
    let products = try query(
      in: ids, { "SELECT \(Self.productColumns) FROM product WHERE id IN (\($0))" }, decode: Self.product)
    return Dictionary(products.map { ($0.id, $0) }) { $1 }
  }

  /// The products with these codes, locked until the end of the transaction; those that do not exist are left out.
  public func lockProducts(codes: some Collection<String>) throws -> [String: Product] {
    // In one order, so that two imports do not wait for each other in a circle.
    let products = try query(
      in: codes.sorted(),
      {
        "SELECT \(Self.productColumns) FROM product WHERE code IN (\($0)) ORDER BY code \(.forUpdate)"
      }, decode: Self.product)
    return Dictionary(products.map { ($0.details.code, $0) }) { $1 }
  }

  /// Adds products whose codes are new, and changes those whose codes exist; each code at most once.
  public func storeProducts(_ products: some Collection<Product.Details>, at moment: Int64) throws {
    try insert(
      products, at: moment,
      onConflict: """
        ON CONFLICT (code) DO UPDATE SET name = excluded.name, search = excluded.search, unit = excluded.unit,
          gtin = excluded.gtin, ncm = excluded.ncm, category = excluded.category, minimum = excluded.minimum,
          active = excluded.active, updated_at = excluded.updated_at, version = product.version + 1
        """)
  }

  /// Adds products whose codes are new, and leaves the others as they are.
  public func addMissingProducts(_ products: some Collection<Product.Details>, at moment: Int64) throws {
    try insert(products, at: moment, onConflict: "ON CONFLICT DO NOTHING")
  }

  private func insert(
    _ products: some Collection<Product.Details>, at moment: Int64, onConflict conflict: SQL
  ) throws {
    touch(StockTopic.products)
    try insertMany(
      into: "product",
      [
        "code", "name", "search", "unit", "gtin", "ncm", "category", "minimum", "active", "created_at",
        "updated_at",
      ],
      products.sorted { $0.code < $1.code }, onConflict: conflict
    ) { details, row in
      row.write(details.code)
      row.write(details.name)
      row.write(details.search)
      row.write(details.unit)
      row.write(details.gtin)
      row.write(details.ncm)
      row.write(details.category)
      row.write(details.minimum)
      row.write(details.isActive)
      row.write(moment)
      row.write(moment)
    }
  }

  /// The numbers of the categories with these names, which are created where they are missing.
  public func categories(named names: Set<String>) throws -> [String: Category.ID] {
    if names.isEmpty { return [:] }
    try insertMany(into: "category", ["name"], names.sorted(), onConflict: "ON CONFLICT DO NOTHING") {
      $1.write($0)
    }
    let rows = try query(in: names, { "SELECT name, id FROM category WHERE name IN (\($0))" }) { row in
      (try row[0] as String, try row[1] as Category.ID)
    }
    return Dictionary(rows) { $1 }
  }
}
