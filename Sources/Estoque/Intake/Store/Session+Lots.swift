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
      found[key] = try self.lot(key.number, of: key.product, made: lot.manufactured, expires: lot.expires)
    }
    return found
  }
}
