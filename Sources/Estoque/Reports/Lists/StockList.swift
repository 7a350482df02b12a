import EstoqueDatabase
import EstoqueDomain
import EstoqueStock

/// Which rows a stock list has.
public struct StockFilter: Sendable, Hashable, Codable {
  /// Words that stand in the product's name, code or bar code, without regard to case or accents.
  public var search = ""
  /// One place.
  public var location: Location.ID?
  /// One category.
  public var category: Category.ID?
  /// Only products of which there is less, at all places together, than their minimum.
  public var belowMinimum = false

  /// Creates a filter.
  public init(
    search: String = "", location: Location.ID? = nil, category: Category.ID? = nil,
    belowMinimum: Bool = false
  ) {
    (self.search, self.location, self.category) = (search, location, category)
    self.belowMinimum = belowMinimum
  }

  /// A product that never moved is at the main place, with nothing: else a list of what is lacking would not have it.
  static let rows: SQL = """
    FROM product p LEFT JOIN stock s ON s.product = p.id JOIN location l ON l.id = COALESCE(s.location, 1)
    """
  static let total: SQL = "(SELECT COALESCE(SUM(a.quantity), 0) FROM stock a WHERE a.product = p.id)"

  var conditions: Conditions {
    var conditions = Conditions()
    // What is out of use shows as long as there is some of it.
    conditions.add(belowMinimum ? "p.active" : "(p.active OR COALESCE(s.quantity, 0) <> 0)")
    conditions.add(search: search, in: "p.search")
    conditions.add(category) { "p.category = \($0)" }
    conditions.add(location) { "COALESCE(s.location, 1) = \($0)" }
    if belowMinimum { conditions.add("\(Self.total) < p.minimum") }
    return conditions
  }
}

/// A product at a place.
public struct StockItem: Sendable, Equatable {
  /// The product.
  public let product: ListedProduct
  /// Its bar code.
  public let gtin: String?
  /// Below which stock it is to be reordered.
  public let minimum: Quantity
  /// Where.
  public let location: ListedLocation
  /// How much is there.
  public let quantity: Quantity
  /// What it cost.
  public let cost: Money
  /// What one of it cost, as far as that is known.
  public let averageCost: UnitValue
  /// Whether there is less of it, at all places together, than the minimum.
  public let isBelowMinimum: Bool
}

/// What a list shows of a product.
public struct ListedProduct: Sendable, Equatable, Hashable {
  /// Its number.
  public let id: Product.ID
  /// Its code.
  public let code: String
  /// Its name.
  public let name: String
  /// The unit in which it is counted.
  public let unit: String
}

/// What a list shows of a place.
public struct ListedLocation: Sendable, Equatable, Hashable {
  /// Its number.
  public let id: Location.ID
  /// Its code.
  public let code: String
}

/// All rows of a stock list together.
public struct StockTotals: Sendable, Equatable {
  /// How many rows there are.
  public var count: Int
  /// What the stock cost.
  public var cost: Money
}

extension Session {
  /// A page of the stock list: products by name that are in use or in stock, each at every place where it has been.
  public func stock(_ filter: StockFilter, limit: Int = 50, after cursor: Cursor? = nil) throws -> Page<
    StockItem
  > {
    let limit = PageLimit.clamped(limit)
    var conditions = filter.conditions
    if let cursor {
      let parts = try cursor.parts(3)
      let (name, id) = (conditions.bind(parts[0]), conditions.bind(try Cursor.number(parts[1])))
      let place = conditions.bind(try Cursor.number(parts[2]))
      // The first condition is the one that an index serves.
      conditions.add("(p.search, p.id) >= (\(name), \(id))")
      conditions.add("(p.search, p.id, COALESCE(s.location, 1)) > (\(name), \(id), \(place))")
    }
    let count = conditions.bind(limit + 1)
    let rows = try query(
      """
      SELECT p.id, p.code, p.name, p.unit, p.gtin, p.minimum, l.id, l.code, COALESCE(s.quantity, 0), COALESCE(s.cost, 0),
        COALESCE(s.unit_cost, '0'), CASE WHEN \(StockFilter.total) < p.minimum THEN 1 ELSE 0 END, p.search
      \(StockFilter.rows) WHERE \(conditions.sql)
      ORDER BY p.search, p.id, COALESCE(s.location, 1) LIMIT \(count)
      """, values: conditions.values
    ) { row in (item: try Self.stockItem(row), search: try row[12] as String) }
    let page = Page(rows, limit: limit) {
      Cursor($0.search, "\($0.item.product.id)", "\($0.item.location.id)")
    }
    return Page(items: page.items.map(\.item), next: page.next)
  }

  /// How many rows the stock list has, and what they cost.
  public func stockTotals(_ filter: StockFilter = StockFilter()) throws -> StockTotals {
    let conditions = filter.conditions
    let totals = try first(
      """
      SELECT count(*), CAST(COALESCE(SUM(s.cost), 0) AS BIGINT) \(StockFilter.rows) WHERE \(conditions.sql)
      """, values: conditions.values
    ) { row in StockTotals(count: try row[0], cost: try row[1]) }
    return totals ?? StockTotals(count: 0, cost: .zero)
  }

  /// How many rows the stock list has.
  public func stockCount(_ filter: StockFilter = StockFilter()) throws -> Int {
    let conditions = filter.conditions
    // Without the places' names, which neither add a row nor take one away.
    return try first(
      "SELECT count(*) FROM product p LEFT JOIN stock s ON s.product = p.id WHERE \(conditions.sql)",
      values: conditions.values
    ) { row in try row[0] } ?? 0
  }

  /// How many active products there are, and of how many there is less than their minimum.
  public func productCounts() throws -> (products: Int, belowMinimum: Int) {
    let counts = try first(
      """
      SELECT count(*), COALESCE(SUM(CASE WHEN \(StockFilter.total) < p.minimum THEN 1 ELSE 0 END), 0)
      FROM product p WHERE p.active
      """
    ) { row in (try row[0] as Int, try row[1] as Int) }
    return counts ?? (0, 0)
  }

  /// What the whole stock cost.
  public func stockValue() throws -> Money {
    try value("SELECT CAST(COALESCE(SUM(cost), 0) AS BIGINT) FROM stock", as: Money.self) ?? .zero
  }

  private static func stockItem(_ row: borrowing Row) throws -> StockItem {
    StockItem(
      product: ListedProduct(id: try row[0], code: try row[1], name: try row[2], unit: try row[3]),
      gtin: try row[4], minimum: try row[5],
      location: ListedLocation(id: try row[6], code: try row[7]), quantity: try row[8], cost: try row[9],
      averageCost: try row[10], isBelowMinimum: try row[11])
  }
}
