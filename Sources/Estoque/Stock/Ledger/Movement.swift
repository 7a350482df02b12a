import EstoqueDatabase
import EstoqueDomain

/// What a movement does.
public enum MovementKind: String, Sendable, Equatable, SQLConvertible, CaseIterable, Codable {
  /// Goods came.
  case receipt
  /// Goods went.
  case issue
  /// Somebody counted.
  case adjustment
  /// Goods changed their place: an outgoing and an incoming movement.
  case transfer
  /// Another movement is undone.
  case reversal

  /// What people call it.
  public var brazilian: String {
    switch self {
    case .receipt: "entrada"
    case .issue: "saída"
    case .adjustment: "ajuste"
    case .transfer: "transferência"
    case .reversal: "estorno"
    }
  }
}

/// A line of the ledger. It never changes: another one reverses it.
public struct Movement: Sendable, Equatable {
  /// Its number.
  public typealias ID = Identifier<Movement>

  /// Its number, in the order of posting.
  public let id: ID
  /// Shared by the movements that were posted in one step: the items of an invoice, the two halves of a transfer.
  public let posting: Int64
  /// What was moved.
  public let product: Product.ID
  /// Where.
  public let location: Location.ID
  /// Which lot, if lots are known.
  public let lot: Lot.ID?
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
  /// A document's number, for people.
  public let reference: String
  /// Any remark.
  public let note: String
  /// The movement that it undoes.
  public let reverses: ID?
}

/// A movement to be posted.
public struct MovementDraft: Sendable, Equatable {
  /// What is moved.
  public var product: Product.ID
  /// Where.
  public var location: Location.ID
  /// Which lot.
  public var lot: Lot.ID?
  /// What it does.
  public var kind: MovementKind
  /// How much; below zero for what goes.
  public var quantity: Quantity
  /// What all of it costs; nil for the average cost. Of what goes, the average is always taken.
  public var cost: Money?
  /// When it happened, in microseconds since 1970 in UTC.
  public var happenedAt: Int64
  /// A document's number, for people.
  public var reference: String
  /// Any remark.
  public var note: String
  var reverses: Movement.ID?

  /// Creates a draft.
  public init(
    _ kind: MovementKind, of product: Product.ID, _ quantity: Quantity,
    at location: Location.ID = Location.main,
    lot: Lot.ID? = nil, cost: Money? = nil, happenedAt: Int64, reference: String = "", note: String = ""
  ) {
    (self.kind, self.product, self.quantity, self.location) = (kind, product, quantity, location)
    (self.lot, self.cost, self.happenedAt) = (lot, cost, happenedAt)
    (self.reference, self.note) = (reference, note)
  }
}

/// Where a posting comes from.
public struct PostingOrigin: Sendable, Equatable {
  /// A word: `nfe`, `import`, `manual`, `stocktake`.
  public var name: String
  /// When it is posted, in microseconds since 1970 in UTC.
  public var postedAt: Int64
  /// Who posts it; nil for the program itself.
  public var user: User.ID?

  /// Creates an origin.
  public init(_ name: String, at moment: Int64, by user: User.ID? = nil) {
    (self.name, postedAt, self.user) = (name, moment, user)
  }
}

/// What is done when there is less than goes.
public enum NegativeStock: String, Sendable, Equatable, CaseIterable {
  /// The posting is refused.
  case refused
  /// The balance goes below zero: the papers came later than the goods.
  case allowed
}
