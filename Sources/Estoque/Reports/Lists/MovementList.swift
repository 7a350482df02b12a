import EstoqueDatabase
import EstoqueDomain
import EstoqueStock

/// Which movements a list has.
public struct MovementFilter: Sendable, Hashable, Codable {
  /// From when on, in microseconds since 1970 in UTC.
  public var from: Int64?
  /// Until when; that moment does not belong to it.
  public var until: Int64?
  /// Those of one product.
  public var product: Product.ID?
  /// Those at one place.
  public var location: Location.ID?
  /// Those of products in one category.
  public var category: Category.ID?
  /// Those of one kind.
  public var kind: MovementKind?
  /// Those of one document.
  public var reference: String?
  /// Words that stand in the product's name, code or bar code.
  public var search = ""

  /// Creates a filter.
  public init(
    from: Int64? = nil, until: Int64? = nil, product: Product.ID? = nil, location: Location.ID? = nil,
    category: Category.ID? = nil, kind: MovementKind? = nil, reference: String? = nil, search: String = ""
  ) {
    (self.from, self.until, self.product, self.location) = (from, until, product, location)
    (self.category, self.kind, self.reference, self.search) = (category, kind, reference, search)
  }

  static let rows: SQL = """
    FROM movement m JOIN product p ON p.id = m.product JOIN location l ON l.id = m.location
      JOIN posting o ON o.id = m.posting LEFT JOIN lot ON lot.id = m.lot
    """

  var conditions: Conditions {
    var conditions = Conditions()
    conditions.add(from) { "m.happened_at >= \($0)" }
    conditions.add(until) { "m.happened_at < \($0)" }
    conditions.add(product) { "m.product = \($0)" }
    conditions.add(category) { "p.category = \($0)" }
    conditions.add(search: search, in: "p.search")
    // The second halves say that the indexes of what is rare can be used.
    conditions.add(location) { "m.location = \($0)" }
    if let location, location != Location.main { conditions.add("m.location <> 1") }
    conditions.add(kind) { "m.kind = \($0)" }
    if let kind, kind != .receipt, kind != .issue { conditions.add("m.kind NOT IN ('receipt', 'issue')") }
    conditions.add(reference) { "m.reference = \($0)" }
    if let reference, !reference.isEmpty { conditions.add("m.reference <> ''") }
    return conditions
  }
}

/// A movement as a list shows it.
public struct MovementItem: Sendable, Equatable {
  /// Its number.
  public let id: Movement.ID
  /// The posting that it belongs to.
  public let posting: Int64
  /// What was moved.
  public let product: ListedProduct
  /// Where.
  public let location: ListedLocation
  /// Which lot, as it is printed on the goods.
  public let lot: String?
  /// What it does.
  public let kind: MovementKind
  /// How much; below zero for what went.
  public let quantity: Quantity
  /// What all of it cost, with the sign of the quantity.
  public let cost: Money
  /// The product's stock at this place after it.
  public let balance: Quantity
  /// When it happened, in microseconds since 1970 in UTC.
  public let happenedAt: Int64
  /// A document's number.
  public let reference: String
  /// Any remark.
  public let note: String
  /// The movement that it undoes.
  public let reverses: Movement.ID?
  /// The movement that undoes it.
  public let reversedBy: Movement.ID?
  /// Where it comes from: `nfe`, `import`, `manual`, `stocktake`.
  public let origin: String
  /// Who posted it; nil for the program itself.
  public let user: User.ID?
}

extension Session {
  /// The number of movements up to which ``movementCount(_:)`` counts.
  public static let mostCounted = 100_000

  /// A page of the movement list, the latest first. Movements never change, so that pages neither lose nor repeat one.
  public func movements(
    _ filter: MovementFilter, limit: Int = 50, after cursor: Cursor? = nil
  ) throws -> Page<MovementItem> {
    let limit = PageLimit.clamped(limit)
    let page = try movementPage(filter, limit: limit, after: cursor)
    let rows = try query(page.sql, values: page.values, decode: Self.movementItem)
    return Page(rows, limit: limit) { Cursor("\($0.happenedAt)", "\($0.id)") }
  }

  /// The statement that reads a page, and one row more.
  func movementPage(
    _ filter: MovementFilter, limit: Int, after cursor: Cursor?
  ) throws(InvalidCursor) -> (sql: SQL, values: [SQLValue]) {
    var conditions = filter.conditions
    if let cursor {
      let parts = try cursor.parts(2)
      let (moment, id) = (try Cursor.number(parts[0]), try Cursor.number(parts[1]))
      let (first, second) = (conditions.bind(moment), conditions.bind(id))
      conditions.add("(m.happened_at, m.id) < (\(first), \(second))")
    }
    let count = conditions.bind(limit + 1)
    return (
      """
      SELECT \(Self.movementItemColumns) \(MovementFilter.rows) LEFT JOIN movement r ON r.reverses = m.id
      WHERE \(conditions.sql) ORDER BY m.happened_at DESC, m.id DESC LIMIT \(count)
      """, conditions.values
    )
  }

  /// A movement as a list shows it.
  public func movementItem(_ id: Movement.ID) throws -> MovementItem? {
    try first(
      """
      SELECT \(Self.movementItemColumns) \(MovementFilter.rows) LEFT JOIN movement r ON r.reverses = m.id
      WHERE m.id = ?1
      """, id, decode: Self.movementItem)
  }

  /// The movements of a posting as a list shows them, in their order.
  public func movementItems(ofPosting posting: Int64) throws -> [MovementItem] {
    try query(
      """
      SELECT \(Self.movementItemColumns) \(MovementFilter.rows) LEFT JOIN movement r ON r.reverses = m.id
      WHERE m.posting = ?1 ORDER BY m.id
      """, posting, decode: Self.movementItem)
  }

  /// How many movements there are; nil if more than ``mostCounted``, since counting millions takes seconds.
  public func movementCount(_ filter: MovementFilter = MovementFilter()) throws -> Int? {
    var conditions = filter.conditions
    let most = conditions.bind(Self.mostCounted + 1)
    let count =
      try first(
        """
        SELECT count(*) FROM (
          SELECT 1 FROM movement m JOIN product p ON p.id = m.product WHERE \(conditions.sql) LIMIT \(most)
        ) AS counted
        """, values: conditions.values
      ) { row in try row[0] as Int } ?? 0
    return count > Self.mostCounted ? nil : count
  }

  private static let movementItemColumns: SQL = """
    m.id, m.posting, p.id, p.code, p.name, p.unit, l.id, l.code, lot.number, m.kind, m.quantity, m.cost, m.balance,
    m.happened_at, m.reference, m.note, m.reverses, r.id, o.origin, o.posted_by
    """

  private static func movementItem(_ row: borrowing Row) throws -> MovementItem {
    MovementItem(
      id: try row[0], posting: try row[1],
      product: ListedProduct(id: try row[2], code: try row[3], name: try row[4], unit: try row[5]),
      location: ListedLocation(id: try row[6], code: try row[7]), lot: try row[8], kind: try row[9],
      quantity: try row[10], cost: try row[11], balance: try row[12], happenedAt: try row[13],
      reference: try row[14], note: try row[15], reverses: try row[16], reversedBy: try row[17],
      origin: try row[18], user: try row[19])
  }
}
