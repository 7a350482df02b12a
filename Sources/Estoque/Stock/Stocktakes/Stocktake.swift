import EstoqueDatabase
import EstoqueDomain

/// Somebody counts what is at a place, and the ledger is brought in line with it.
public struct Stocktake: Sendable, Equatable {
  /// Its number.
  public typealias ID = Identifier<Stocktake>

  /// How far it is.
  public enum State: String, Sendable, Equatable, SQLConvertible, CaseIterable {
    /// Counts are taken.
    case open
    /// The differences are posted.
    case closed
    /// Nothing came of it.
    case cancelled
  }

  /// Its number.
  public let id: ID
  /// Where is counted.
  public let location: Location.ID
  /// How far it is.
  public let state: State
  /// Any remark.
  public let note: String
  /// When it began, in microseconds since 1970 in UTC.
  public let openedAt: Int64
  /// Who began it.
  public let openedBy: User.ID?
  /// When it ended.
  public let endedAt: Int64?
  /// Who ended it.
  public let endedBy: User.ID?
  /// The posting of the differences; nil if there were none.
  public let posting: Int64?
  /// How many products have been counted.
  public let counted: Int
  /// How many of them differ.
  public let differing: Int
}

/// What was counted of a product.
public struct StocktakeCount: Sendable, Equatable {
  /// What was counted.
  public let product: Product.ID
  /// How much there was.
  public let quantity: Quantity
  /// How much there should have been when the count was recorded.
  public let expected: Quantity
  /// When it was recorded, in microseconds since 1970 in UTC.
  public let countedAt: Int64
  /// Who recorded it.
  public let countedBy: User.ID?

  /// How much more there was than there should have been.
  public var difference: Quantity {
    get throws { try quantity - expected }
  }
}
