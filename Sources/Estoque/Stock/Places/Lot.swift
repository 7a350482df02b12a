import EstoqueDomain

/// A lot of a product.
public struct Lot: Sendable, Equatable {
  /// Its number.
  public typealias ID = Identifier<Lot>

  /// Its number.
  public let id: ID
  /// What it is a lot of.
  public let product: Product.ID
  /// What is printed on the goods.
  public let number: String
  /// When it was made, `2026-07-31`.
  public let made: String?
  /// Until when it is good, `2026-07-31`.
  public let expires: String?
}

/// How much of a lot is where.
public struct LotBalance: Sendable, Equatable {
  /// The lot.
  public let lot: Lot
  /// Where it is.
  public let location: Location.ID
  /// How much is there.
  public let quantity: Quantity
}
