import EstoqueDomain
import EstoqueStock

/// What a dealer has said about one of its products: it waits until somebody knows which product of the company's that is.
public struct StagedProduct: Sendable, Equatable {
  /// Whether it waits.
  public enum State: String, Sendable, CaseIterable {
    /// Nobody knows which product it is.
    case waiting
    /// It is among what dealers have.
    case promoted
  }

  /// Who says it.
  public let dealer: Dealer
  /// The dealer's code of the product.
  public let code: String
  /// The dealer's name of the product, if it gave one.
  public let name: String?
  /// How much of it there is.
  public let quantity: Quantity?
  /// What one costs.
  public let unitPrice: UnitValue?
  /// The import that brought it.
  public let job: ImportJob.ID
  /// The line of that import's file.
  public let line: Int
  /// When it came, in microseconds since 1970 in UTC.
  public let stagedAt: Int64
  /// When it was promoted; nil as long as it waits.
  public let promotedAt: Int64?
  /// The product that it is; for one that waits, the product with the same code, if there is one by now.
  public internal(set) var product: Product?

  /// Whether it waits.
  public var state: State { promotedAt == nil ? .waiting : .promoted }
}

/// Somebody who says what it has.
public struct Dealer: Sendable, Equatable {
  /// Its number.
  public typealias ID = Identifier<Dealer>

  /// Its number.
  public let id: ID
  /// Its name, unique.
  public let name: String
}

/// Which staged products a list has.
public struct StagingFilter: Sendable, Equatable {
  /// Those that wait, or those that do not.
  public var state: StagedProduct.State?
  /// Those of one dealer.
  public var dealer: Dealer.ID?
  /// Those that are one product.
  public var product: Product.ID?
  /// A text that stands in the code, the name or the dealer's name.
  public var search = ""

  /// All.
  public init(
    state: StagedProduct.State? = nil, dealer: Dealer.ID? = nil, product: Product.ID? = nil,
    search: String = ""
  ) { (self.state, self.dealer, self.product, self.search) = (state, dealer, product, search) }
}

/// A dealer's code.
struct StagedCode: Hashable, Comparable {
  let dealer: Int64
  let code: String

  static func < (left: Self, right: Self) -> Bool { (left.dealer, left.code) < (right.dealer, right.code) }
}
