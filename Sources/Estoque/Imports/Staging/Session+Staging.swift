import EstoqueDatabase
import EstoqueDomain
import EstoqueStock

// What dealers say: lists of it, and what people decide about it.
extension Session {
  // MARK: Reading

  /// A page of what dealers have said, by dealer and code.
  public func stagedProducts(
    _ filter: StagingFilter = StagingFilter(), limit: Int = 50, after cursor: Cursor? = nil
  )
    throws -> Page<StagedProduct>
  {
    let limit = PageLimit.clamped(limit)
    var conditions = filter.conditions
    if let cursor {
      let parts = try cursor.parts(2)
      let (dealer, code) = (conditions.bind(try Cursor.number(parts[0])), conditions.bind(parts[1]))
      conditions.add("(s.dealer, s.code) > (\(dealer), \(code))")
    }
    let count = conditions.bind(limit + 1)
    let rows = try query(
      "\(Self.staged) WHERE \(conditions.sql) ORDER BY s.dealer, s.code LIMIT \(count)",
      values: conditions.values,
      decode: Self.staged)
    let found = try withProducts(rows)
    return Page(found, limit: limit) { Cursor("\($0.dealer.id)", $0.code) }
  }

  /// How many there are on all pages.
  public func stagedCount(_ filter: StagingFilter = StagingFilter()) throws -> Int {
    let conditions = filter.conditions
    return try first(
      "SELECT count(*) FROM product_staging s JOIN dealer d ON d.id = s.dealer WHERE \(conditions.sql)",
      values: conditions.values
    ) { try $0[0] as Int } ?? 0
  }

  /// What a dealer has said about a code; nil if it has said nothing.
  public func stagedProduct(_ code: String, of dealer: Dealer.ID) throws -> StagedProduct? {
    let row = try first(
      "\(Self.staged) WHERE s.dealer = ?1 AND s.code = ?2", dealer, code, decode: Self.staged)
    return try row.flatMap { try withProducts([$0]).first }
  }

  private static let staged: SQL = """
    SELECT s.dealer, d.name, s.code, s.name, s.quantity, s.unit_price, s.job, s.line, s.staged_at, s.promoted_at,
      COALESCE(s.product, (SELECT p.id FROM product p WHERE p.code = s.code))
    FROM product_staging s JOIN dealer d ON d.id = s.dealer
    """

  private static func staged(_ row: borrowing Row) throws -> (StagedProduct, Product.ID?) {
    (
      StagedProduct(
        dealer: Dealer(id: try row[0], name: try row[1]), code: try row[2], name: try row[3],
        quantity: try row[4],
        unitPrice: try row[5], job: try row[6], line: try row[7], stagedAt: try row[8],
        promotedAt: try row[9],
        product: nil), try row[10]
    )
  }

  private func withProducts(_ rows: [(StagedProduct, Product.ID?)]) throws -> [StagedProduct] {
    let products = try self.products(Set(rows.compactMap(\.1)).sorted())
    return rows.map { staged, id in
      var staged = staged
      staged.product = id.flatMap { products[$0] }
      return staged
    }
  }

  // MARK: Deciding

  /// Says which product a dealer's code is. What the dealer has said counts for that product then, and so does what it says next.
  /// - Throws: ``ImportFault/unknownStaged(_:)``, ``ImportFault/notStaged(_:)``; `StockFault`.
  public func promoteStaged(_ code: String, of dealer: Dealer.ID, to product: Product.ID, at moment: Int64)
    throws
    -> StagedProduct
  {
    _ = try waiting(code, of: dealer)
    guard try self.product(product) != nil else { throw StockFault.unknownProduct(product) }
    try execute(
      """
      INSERT INTO product_dealer (dealer, product, quantity, unit_price, updated_at)
      SELECT dealer, ?3, quantity, unit_price, ?4 FROM product_staging WHERE dealer = ?1 AND code = ?2
      \(Self.latestCounts)
      """, dealer, code, product, moment)
    try execute(
      "UPDATE product_staging SET product = ?3, promoted_at = ?4 WHERE dealer = ?1 AND code = ?2", dealer,
      code,
      product, moment)
    guard let promoted = try stagedProduct(code, of: dealer) else { throw ImportFault.unknownStaged(code) }
    return promoted
  }

  /// Adds a product with the dealer's code and name, and promotes what the dealer has said to it.
  /// - Throws: as ``promoteStaged(_:of:to:at:)``; `StockFault.codeTaken` if there is such a product.
  public func createStaged(_ code: String, of dealer: Dealer.ID, at moment: Int64) throws -> StagedProduct {
    let staged = try waiting(code, of: dealer)
    let made = try addProduct(Product.Details(code: code, name: staged.name ?? code), at: moment)
    return try promoteStaged(code, of: dealer, to: made.id, at: moment)
  }

  /// Forgets what a dealer has said about a code, which waits. With the dealer's next file it may come again.
  /// - Throws: ``ImportFault/unknownStaged(_:)``, ``ImportFault/notStaged(_:)``.
  public func discardStaged(_ code: String, of dealer: Dealer.ID) throws {
    _ = try waiting(code, of: dealer)
    try execute("DELETE FROM product_staging WHERE dealer = ?1 AND code = ?2", dealer, code)
  }

  /// Promotes what waits for products that exist by now, by their codes.
  /// - Returns: how many lines.
  public func promoteStaged(at moment: Int64) throws -> Int {
    try execute(
      """
      INSERT INTO product_dealer (dealer, product, quantity, unit_price, updated_at)
      SELECT staged.dealer, product.id, staged.quantity, staged.unit_price, ?1
      FROM product_staging AS staged JOIN product ON product.code = staged.code
      WHERE staged.promoted_at IS NULL
      \(Self.latestCounts)
      """, moment)
    return try execute(
      """
      UPDATE product_staging SET promoted_at = ?1,
        product = (SELECT product.id FROM product WHERE product.code = product_staging.code)
      WHERE promoted_at IS NULL AND EXISTS (SELECT 1 FROM product WHERE product.code = product_staging.code)
      """, moment)
  }

  /// What waits, and does so until the end of the transaction.
  private func waiting(_ code: String, of dealer: Dealer.ID) throws -> StagedProduct {
    // Locked first, and read by a statement of its own: what another transaction has just decided is seen.
    try execute("UPDATE product_staging SET code = code WHERE dealer = ?1 AND code = ?2", dealer, code)
    guard let staged = try stagedProduct(code, of: dealer) else { throw ImportFault.unknownStaged(code) }
    if staged.state != .waiting { throw ImportFault.notStaged(code) }
    return staged
  }

  // MARK: For imports

  /// Of two that say something about the same product, the later one counts.
  static let latestCounts: SQL = """
    ON CONFLICT (dealer, product) DO UPDATE SET quantity = excluded.quantity,
      unit_price = excluded.unit_price, updated_at = excluded.updated_at
    """

  /// What dealers' codes are known to be.
  func promoted(_ codes: [StagedCode]) throws -> [StagedCode: Product.ID] {
    var known: [StagedCode: Product.ID] = [:]
    for start in stride(from: 0, to: codes.count, by: 256) {
      var group = Array(codes[start..<min(start + 256, codes.count)])
      // Few different statements, so that they stay prepared: the last code is asked for again until there are enough.
      while group.count & (group.count - 1) != 0 { group.append(group[group.count - 1]) }
      let rows = try query(
        """
        SELECT dealer, code, product FROM product_staging
        WHERE (dealer, code) IN (VALUES \(.codes(group.count))) AND product IS NOT NULL
        """, values: group.flatMap { [.integer($0.dealer), .text($0.code)] }
      ) { row in (StagedCode(dealer: try row[0], code: try row[1]), try row[2] as Product.ID) }
      for (code, product) in rows { known[code] = product }
    }
    return known
  }
}

extension SQL {
  /// `(?1, ?2), (?3, ?4), …`, for a `VALUES` of numbers and texts.
  fileprivate static func codes(_ count: Int) -> SQL {
    // The first pair tells PostgreSQL the types.
    let rest = (1..<max(1, count)).map { "(?\(2 * $0 + 1), ?\(2 * $0 + 2))" }
    return SQL(verbatim: (["(CAST(?1 AS BIGINT), CAST(?2 AS TEXT))"] + rest).joined(separator: ", "))
  }
}

extension StagingFilter {
  fileprivate var conditions: Conditions {
    var conditions = Conditions()
    switch state {
    case .waiting: conditions.add("s.promoted_at IS NULL")
    case .promoted: conditions.add("s.promoted_at IS NOT NULL")
    case nil: break
    }
    conditions.add(dealer) { "s.dealer = \($0)" }
    conditions.add(product) { "s.product = \($0)" }
    if !search.isEmpty {
      let escaped: [Character] = search.flatMap { "!%_".contains($0) ? ["!", $0] : [$0] }
      let pattern = conditions.bind("%" + String(escaped) + "%")
      conditions.add(
        "(s.code \(.like) \(pattern) ESCAPE '!' OR s.name \(.like) \(pattern) ESCAPE '!' OR d.name \(.like) \(pattern) ESCAPE '!')"
      )
    }
    return conditions
  }
}
