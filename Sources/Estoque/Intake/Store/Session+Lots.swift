import EstoqueDatabase
import EstoqueDocuments
import EstoqueStock

/// A lot as an invoice names it.
struct LotKey: Hashable, Comparable {
  let product: Product.ID
  let number: String

  static func < (left: Self, right: Self) -> Bool {
    (left.product, left.number) < (right.product, right.number)
  }
}

extension Session {
  /// The numbers of lots; those that are not known are added.
  func lots(_ wanted: [LotKey: EstoqueDocuments.Lot]) throws -> [LotKey: EstoqueStock.Lot.ID] {
    var found: [LotKey: EstoqueStock.Lot.ID] = [:]
    // In one order, so that nobody waits in a circle.
    for (key, lot) in wanted.sorted(by: { $0.key < $1.key }) {
      found[key] = try value(
        """
        INSERT INTO lot (product, number, made, expires) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (product, number) DO UPDATE
        SET made = COALESCE(lot.made, excluded.made), expires = COALESCE(lot.expires, excluded.expires)
        RETURNING id
        """, key.product, key.number, lot.manufactured?.description, lot.expires?.description,
        as: EstoqueStock.Lot.ID.self)
    }
    return found
  }
}
