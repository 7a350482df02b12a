import EstoqueStock

/// What an import has learned about the database, so that it asks once. What a transaction learns is known for good only when it has been committed.
final class ImportMemory: @unchecked Sendable {  // one chunk is committed at a time
  private struct Facts {
    var products: [String: Product.ID] = [:]
    var dealers: [String: Int64] = [:]
    var locations: [String: Location.ID] = [:]
    var lots: [LotKey: Lot.ID] = [:]
    var pairs: Set<DealerProduct> = []
  }
  private struct LotKey: Hashable {
    let product: Product.ID
    let number: String
  }
  private var kept = Facts()
  private var fresh = Facts()
  /// How many products it remembers before it begins anew.
  private static let limit = 200_000

  /// A transaction begins, perhaps again.
  func begin() { fresh = Facts() }

  /// The transaction has been committed.
  func keep() {
    if kept.products.count > Self.limit || kept.lots.count > Self.limit || kept.pairs.count > Self.limit {
      kept = Facts()
    }
    kept.products.merge(fresh.products) { $1 }
    kept.dealers.merge(fresh.dealers) { $1 }
    kept.locations.merge(fresh.locations) { $1 }
    kept.lots.merge(fresh.lots) { $1 }
    kept.pairs.formUnion(fresh.pairs)
    fresh = Facts()
  }

  func product(_ code: String) -> Product.ID? { kept.products[code] ?? fresh.products[code] }
  func note(product code: String, _ id: Product.ID) { fresh.products[code] = id }
  func dealer(_ name: String) -> Int64? { kept.dealers[name] ?? fresh.dealers[name] }
  func note(dealer name: String, _ id: Int64) { fresh.dealers[name] = id }
  func location(_ code: String) -> Location.ID? { kept.locations[code] ?? fresh.locations[code] }
  func note(location code: String, _ id: Location.ID) { fresh.locations[code] = id }
  func lot(_ number: String, of product: Product.ID) -> Lot.ID? {
    let key = LotKey(product: product, number: number)
    return kept.lots[key] ?? fresh.lots[key]
  }
  func note(lot number: String, of product: Product.ID, _ id: Lot.ID) {
    fresh.lots[LotKey(product: product, number: number)] = id
  }
  /// Whether nobody has said before that a dealer has a product.
  func isNew(_ pair: DealerProduct) -> Bool {
    !kept.pairs.contains(pair) && fresh.pairs.insert(pair).inserted
  }
}

/// That a dealer has a product.
struct DealerProduct: Hashable, Comparable {
  let dealer: Int64
  let product: Product.ID

  static func < (left: Self, right: Self) -> Bool {
    (left.dealer, left.product) < (right.dealer, right.product)
  }
}
