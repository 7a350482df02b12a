import EstoqueDatabase
import EstoqueDomain

/// Stock-takes.
///
/// A count is compared with the balance at the moment in which it is recorded, and the difference is what is posted at the end. So goods may come and go
/// while people count: what is posted after a product's count adds to it, whatever day its document bears. After closing, the stock is what
/// was counted and what has been posted since. What had arrived before must be posted before it is counted, or counted again.
///
/// Only one stock-take of a place is open at a time: two would post the same difference twice.
extension Session {
  /// Begins a stock-take.
  /// - Throws: ``StockFault/stocktakeOpen(location:)``, ``StockFault/unknownLocation(_:)``, ``StockFault/locationClosed(_:)``.
  public func openStocktake(
    at location: Location.ID, note: String = "", moment: Int64, by user: User.ID? = nil
  ) throws -> Stocktake {
    guard let place = try self.location(location) else { throw StockFault.unknownLocation(location) }
    if !place.isActive { throw StockFault.locationClosed(place.code) }
    let id: Stocktake.ID?
    do {
      id = try savepoint {
        try value(
          """
          INSERT INTO stocktake (location, state, note, opened_at, opened_by) VALUES (?1, 'open', ?2, ?3, ?4)
          RETURNING id
          """, location, note, moment, user, as: Stocktake.ID.self)
      }
    } catch let error as DatabaseError where error.violation?.name == "stocktake_open_key" {
      throw StockFault.stocktakeOpen(location: place.code)
    }
    return try existing(id.unsafelyUnwrapped)  // an INSERT returns its row
  }

  /// Records what was counted; a product that was counted before is counted anew.
  /// - Throws: ``StockFault``.
  public func count(
    _ quantities: [(product: Product.ID, quantity: Quantity)], in id: Stocktake.ID, moment: Int64,
    by user: User.ID? = nil
  ) throws {
    let take = try openStocktake(id)
    for (product, quantity) in quantities {
      guard let known = try self.product(product) else { throw StockFault.unknownProduct(product) }
      if quantity.isNegative { throw StockFault.negativeCount(product: known.details.code) }
      // One statement reads the balance and keeps it.
      try execute(
        """
        INSERT INTO stocktake_count (stocktake, product, quantity, expected, counted_at, counted_by)
        VALUES (?1, ?2, ?3,
          COALESCE((SELECT quantity FROM stock WHERE product = ?2 AND location = ?4), 0), ?5, ?6)
        ON CONFLICT (stocktake, product) DO UPDATE SET quantity = excluded.quantity,
          expected = excluded.expected, counted_at = excluded.counted_at, counted_by = excluded.counted_by
        """, id, product, quantity, take.location, moment, user)
    }
  }

  /// Takes back a count: nothing is posted for the product unless it is counted anew.
  /// - Returns: whether there was one.
  /// - Throws: ``StockFault``.
  @discardableResult
  public func removeCount(of product: Product.ID, in id: Stocktake.ID) throws -> Bool {
    _ = try openStocktake(id)
    return try execute("DELETE FROM stocktake_count WHERE stocktake = ?1 AND product = ?2", id, product) > 0
  }

  /// Posts the differences as adjustments, all in one posting, and ends the stock-take.
  /// - Parameter negative: what to do where more has gone since the count than was counted.
  /// - Throws: ``StockFault``, and then it stays open.
  public func closeStocktake(
    _ id: Stocktake.ID, moment: Int64, by user: User.ID? = nil, negative: NegativeStock
  ) throws -> Stocktake {
    let take = try openStocktake(id)
    let drafts: [MovementDraft] = try counts(of: id).compactMap { count in
      let difference = try count.difference
      if difference.isZero { return nil }
      return MovementDraft(
        .adjustment, of: count.product, difference, at: take.location, happenedAt: moment,
        reference: "INV \(id)", note: take.note)
    }
    let posting =
      drafts.isEmpty
      ? nil : try post(drafts, from: PostingOrigin("stocktake", at: moment, by: user), negative: negative)
    try end(id, .closed, moment, user, posting)
    return try existing(id)
  }

  /// Ends a stock-take without any consequence.
  /// - Throws: ``StockFault``.
  public func cancelStocktake(_ id: Stocktake.ID, moment: Int64, by user: User.ID? = nil) throws -> Stocktake
  {
    _ = try openStocktake(id)
    try end(id, .cancelled, moment, user, nil)
    return try existing(id)
  }

  // MARK: Reading

  /// A stock-take by its number.
  public func stocktake(_ id: Stocktake.ID) throws -> Stocktake? {
    try first("\(Self.stocktakes) WHERE t.id = ?1", id, decode: Self.stocktake)
  }

  /// Stock-takes, the latest first.
  public func stocktakes(limit: Int = 50, after cursor: Cursor? = nil) throws -> Page<Stocktake> {
    let limit = PageLimit.clamped(limit)
    let before = try cursor.map { try Cursor.number(try $0.parts(1)[0]) } ?? .max
    let rows = try query(
      "\(Self.stocktakes) WHERE t.id < ?1 ORDER BY t.id DESC LIMIT ?2", before, limit + 1,
      decode: Self.stocktake)
    return Page(rows, limit: limit) { Cursor("\($0.id)") }
  }

  /// What was counted, in the products' order.
  public func counts(of id: Stocktake.ID) throws -> [StocktakeCount] {
    try query(
      """
      SELECT product, quantity, expected, counted_at, counted_by FROM stocktake_count
      WHERE stocktake = ?1 ORDER BY product
      """, id
    ) { row in
      StocktakeCount(
        product: try row[0], quantity: try row[1], expected: try row[2], countedAt: try row[3],
        countedBy: try row[4])
    }
  }

  // MARK: Parts

  private static let stocktakes: SQL = """
    SELECT t.id, t.location, t.state, t.note, t.opened_at, t.opened_by, t.ended_at, t.ended_by, t.posting,
      (SELECT count(*) FROM stocktake_count c WHERE c.stocktake = t.id),
      (SELECT count(*) FROM stocktake_count c WHERE c.stocktake = t.id AND c.quantity <> c.expected)
    FROM stocktake t
    """

  private static func stocktake(_ row: borrowing Row) throws -> Stocktake {
    Stocktake(
      id: try row[0], location: try row[1], state: try row[2], note: try row[3], openedAt: try row[4],
      openedBy: try row[5], endedAt: try row[6], endedBy: try row[7], posting: try row[8],
      counted: try row[9], differing: try row[10])
  }

  private func existing(_ id: Stocktake.ID) throws -> Stocktake {
    guard let take = try stocktake(id) else { throw StockFault.unknownStocktake(id) }
    return take
  }

  /// A stock-take that is open, and stays so until the end of the transaction.
  private func openStocktake(_ id: Stocktake.ID) throws -> Stocktake {
    // Locked first, and read by a statement of its own: what another transaction has just ended is seen.
    try execute("UPDATE stocktake SET state = state WHERE id = ?1", id)
    let take = try existing(id)
    if take.state != .open { throw StockFault.stocktakeEnded(id) }
    return take
  }

  private func end(
    _ id: Stocktake.ID, _ state: Stocktake.State, _ moment: Int64, _ user: User.ID?, _ posting: Int64?
  ) throws {
    try execute(
      "UPDATE stocktake SET state = ?1, ended_at = ?2, ended_by = ?3, posting = ?4 WHERE id = ?5",
      state.rawValue, moment, user, posting, id)
  }
}
