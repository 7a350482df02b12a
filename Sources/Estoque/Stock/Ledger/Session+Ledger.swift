import EstoqueDatabase
import EstoqueDomain

extension Session {
  private static let movementColumns: SQL = """
    id, posting, product, location, lot, kind, quantity, cost, balance, happened_at, reference, note, reverses
    """

  private static func movement(_ row: borrowing Row) throws -> Movement {
    Movement(
      id: try row[0], posting: try row[1], product: try row[2], location: try row[3], lot: try row[4],
      kind: try row[5],
      quantity: try row[6], cost: try row[7], balance: try row[8], happenedAt: try row[9],
      reference: try row[10],
      note: try row[11], reverses: try row[12])
  }

  /// Moves goods from one place to another: two movements at the average cost.
  /// - Returns: the posting's number.
  /// - Throws: ``StockFault``.
  @discardableResult
  public func transfer(
    _ quantity: Quantity, of product: Product.ID, from: Location.ID, to: Location.ID, lot: Lot.ID? = nil,
    happenedAt: Int64, note: String = "", origin: PostingOrigin, negative: NegativeStock
  ) throws -> Int64 {
    if quantity.isZero { throw StockFault.zeroQuantity(product: "\(product)") }
    if quantity.isNegative || from == to {
      throw StockFault.wrongSign(product: "\(product)", kind: .transfer)
    }
    let gone = try quantity.negated
    return try post(
      [
        MovementDraft(.transfer, of: product, gone, at: from, lot: lot, happenedAt: happenedAt, note: note),
        MovementDraft(.transfer, of: product, quantity, at: to, lot: lot, happenedAt: happenedAt, note: note),
      ], from: origin, negative: negative)
  }

  /// Undoes all movements of a posting, once.
  /// - Returns: the new posting's number.
  /// - Throws: ``StockFault``.
  @discardableResult
  public func reverse(posting: Int64, from origin: PostingOrigin, negative: NegativeStock) throws -> Int64 {
    try reverse(movements(ofPosting: posting), from: origin, negative: negative)
  }

  /// Undoes a movement, once.
  /// - Returns: the new posting's number.
  /// - Throws: ``StockFault``.
  @discardableResult
  public func reverse(_ id: Movement.ID, from origin: PostingOrigin, negative: NegativeStock) throws -> Int64
  {
    guard let movement = try movement(id) else { throw StockFault.unknownMovement(id) }
    return try reverse([movement], from: origin, negative: negative)
  }

  private func reverse(
    _ movements: [Movement], from origin: PostingOrigin, negative: NegativeStock
  ) throws -> Int64 {
    let drafts = try movements.map { movement in
      if movement.kind == .reversal { throw StockFault.alreadyReversed(movement.id) }
      // Both have the same digits in either sign.
      var draft = MovementDraft(
        .reversal, of: movement.product, try movement.quantity.negated, at: movement.location,
        lot: movement.lot,
        cost: try movement.cost.negated, happenedAt: origin.postedAt, reference: movement.reference)
      draft.reverses = movement.id
      return draft
    }
    do {
      return try savepoint { try post(drafts, from: origin, negative: negative) }
    } catch let error as DatabaseError where error.violation?.name == "movement_reverses_key" {
      throw StockFault.alreadyReversed(movements[0].id)
    }
  }

  // MARK: Reading

  /// A movement by its number.
  public func movement(_ id: Movement.ID) throws -> Movement? {
    try first("SELECT \(Self.movementColumns) FROM movement WHERE id = ?1", id, decode: Self.movement)
  }

  /// The movements of one posting, in their order.
  public func movements(ofPosting posting: Int64) throws -> [Movement] {
    try query(
      "SELECT \(Self.movementColumns) FROM movement WHERE posting = ?1 ORDER BY id", posting,
      decode: Self.movement)
  }

  /// The movements of a product, the latest first.
  public func movements(of product: Product.ID, limit: Int = 50, before: Movement.ID? = nil) throws
    -> [Movement]
  {
    try query(
      "SELECT \(Self.movementColumns) FROM movement WHERE product = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
      product,
      before?.rawValue ?? .max, limit, decode: Self.movement)
  }

  /// How much of a product there is, at one place or everywhere.
  public func stock(of product: Product.ID, at location: Location.ID? = nil) throws -> Quantity {
    let sum: Quantity? =
      if let location {
        try value(
          "SELECT quantity FROM stock WHERE product = ?1 AND location = ?2", product, location,
          as: Quantity.self)
      } else {
        try value(
          "SELECT CAST(COALESCE(SUM(quantity), 0) AS BIGINT) FROM stock WHERE product = ?1", product,
          as: Quantity.self)
      }
    return sum ?? .zero
  }

  /// What the stock of a product cost, everywhere.
  public func stockCost(of product: Product.ID) throws -> Money {
    try value(
      "SELECT CAST(COALESCE(SUM(cost), 0) AS BIGINT) FROM stock WHERE product = ?1", product, as: Money.self)
      ?? .zero
  }

  /// The products whose balances are not the sums of their movements: always none.
  public func unbalanced() throws -> [Product.ID] {
    try query(
      """
      SELECT product FROM (
        SELECT product, location, quantity, cost FROM stock
        UNION ALL SELECT product, location, -quantity, -cost FROM movement
      ) AS line GROUP BY product, location HAVING SUM(quantity) <> 0 OR SUM(cost) <> 0 ORDER BY product
      """
    ) { row in try row[0] }
  }
}
