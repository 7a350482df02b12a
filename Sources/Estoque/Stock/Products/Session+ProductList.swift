import EstoqueDatabase
import EstoqueDomain
import Foundation

/// Which products a list has.
public struct ProductFilter: Sendable, Hashable, Codable {
  /// Words that stand in the name, the code or the bar code, without regard to case or accents.
  public var search = ""
  /// Those of one category.
  public var category: Category.ID?
  /// Those in use, or those that are not.
  public var isActive: Bool?

  /// Creates a filter.
  public init(search: String = "", category: Category.ID? = nil, isActive: Bool? = nil) {
    (self.search, self.category, self.isActive) = (search, category, isActive)
  }

  var conditions: Conditions {
    var conditions = Conditions()
    conditions.add(search: search, in: "search")
    conditions.add(category) { "category = \($0)" }
    // Not bound: SQLite has no type for it, PostgreSQL would not take a number.
    if let isActive { conditions.add(isActive ? "active" : "NOT active") }
    return conditions
  }
}

/// How much of a product is where.
public struct ProductBalance: Sendable, Equatable {
  /// Where.
  public let location: Location.ID
  /// How much.
  public let quantity: Quantity
  /// What it cost.
  public let cost: Money
}

extension Session {
  /// A page of products, by name.
  ///
  /// A text is looked for in all products' names, 100,000 of them in some 20 ms; anything else reads only the page.
  public func products(
    _ filter: ProductFilter, limit: Int = 50, after cursor: Cursor? = nil
  ) throws -> Page<Product> {
    let limit = PageLimit.clamped(limit)
    var conditions = filter.conditions
    if let cursor {
      let parts = try cursor.parts(2)
      let (name, id) = (conditions.bind(parts[0]), conditions.bind(try Cursor.number(parts[1])))
      conditions.add("(search, id) > (\(name), \(id))")
    }
    let count = conditions.bind(limit + 1)
    let rows = try query(
      """
      SELECT \(Self.productColumns), search FROM product WHERE \(conditions.sql) ORDER BY search, id LIMIT \(count)
      """, values: conditions.values
    ) { row in (product: try Self.product(row), search: try row[10] as String) }
    let page = Page(rows, limit: limit) { Cursor($0.search, "\($0.product.id)") }
    return Page(items: page.items.map(\.product), next: page.next)
  }

  /// How many products there are.
  public func productCount(_ filter: ProductFilter = ProductFilter()) throws -> Int {
    let conditions = filter.conditions
    return try first(
      "SELECT count(*) FROM product WHERE \(conditions.sql)", values: conditions.values
    ) { row in try row[0] } ?? 0
  }

  /// The product that a scanner reads: by its GTIN, with or without zeros in front, or by the company's code, which labels have that carry no GTIN. Of
  /// several one in use, the oldest.
  public func product(barcode: String) throws -> Product? {
    let text = barcode.trimmingCharacters(in: .whitespaces)
    guard let gtin = try? GTIN(text) else { return try product(code: text) }
    // The same number with 14, 13, 12 and 8 digits, as far as only zeros are missing.
    let forms = [14, 13, 12, 8].compactMap { length -> String? in
      gtin.key.dropLast(length).allSatisfy { $0 == "0" } ? String(gtin.key.suffix(length)) : nil
    }
    let padded = forms + Array(repeating: forms[0], count: 4 - forms.count)
    return try first(
      """
      SELECT \(Self.productColumns) FROM product WHERE gtin IN (?1, ?2, ?3, ?4)
      ORDER BY CASE WHEN active THEN 0 ELSE 1 END, id LIMIT 1
      """, padded[0], padded[1], padded[2], padded[3], decode: Self.product) ?? product(code: text)
  }

  /// How much of a product is at each place, those included where there is none any more.
  public func balances(of product: Product.ID) throws -> [ProductBalance] {
    try query(
      "SELECT location, quantity, cost FROM stock WHERE product = ?1 ORDER BY location", product
    ) { row in ProductBalance(location: try row[0], quantity: try row[1], cost: try row[2]) }
  }
}
