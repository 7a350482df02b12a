import EstoqueDatabase
import EstoqueDomain

extension Session {
  /// The lot of a product with this number, which is made if there is none. Days are kept as they were given first.
  public func lot(
    _ number: String, of product: Product.ID, made: CalendarDate? = nil, expires: CalendarDate? = nil
  ) throws -> Lot.ID {
    let number = try Self.named(number)
    // An update that changes nothing, since nothing would be returned for a row that is left alone.
    return try value(
      """
      INSERT INTO lot (product, number, made, expires) VALUES (?1, ?2, ?3, ?4)
      ON CONFLICT (product, number) DO UPDATE SET
        made = COALESCE(lot.made, excluded.made), expires = COALESCE(lot.expires, excluded.expires)
      RETURNING id
      """, product, number, made?.description, expires?.description, as: Lot.ID.self
    ).unsafelyUnwrapped
  }

  /// The lots of a product that are in stock, those that expire first in front.
  public func lots(of product: Product.ID) throws -> [LotBalance] {
    try query(
      """
      SELECT l.id, l.product, l.number, l.made, l.expires, s.location, s.quantity
      FROM lot l JOIN lot_stock s ON s.lot = l.id
      WHERE l.product = ?1 AND s.quantity <> 0
      ORDER BY CASE WHEN l.expires IS NULL THEN 1 ELSE 0 END, l.expires, l.id, s.location
      """, product, decode: Self.lotBalance)
  }

  /// The lots in stock that expire before a day, those that expire first in front.
  public func lots(expiringBefore day: CalendarDate, limit: Int = 50) throws -> [LotBalance] {
    try query(
      """
      SELECT l.id, l.product, l.number, l.made, l.expires, s.location, s.quantity
      FROM lot l JOIN lot_stock s ON s.lot = l.id
      WHERE l.expires IS NOT NULL AND l.expires < ?1 AND s.quantity > 0
      ORDER BY l.expires, l.id, s.location LIMIT ?2
      """, day.description, limit, decode: Self.lotBalance)
  }

  private static func lotBalance(_ row: borrowing Row) throws -> LotBalance {
    LotBalance(
      lot: Lot(
        id: try row[0], product: try row[1], number: try row[2], made: try row[3], expires: try row[4]),
      location: try row[5], quantity: try row[6])
  }
}
