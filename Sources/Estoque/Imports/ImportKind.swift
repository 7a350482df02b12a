import EstoqueDatabase
import EstoqueTables

/// What the lines of an imported table are.
public enum ImportKind: String, Sendable, Equatable, CaseIterable, Codable, SQLConvertible {
  /// Products, which are added, or changed where their code exists. Columns that are not there, and empty cells, leave what is known.
  case products
  /// Movements, which are posted to the ledger.
  case movements
  /// What dealers say about products: it waits until the product is known, and is promoted then.
  case staging

  /// Whether products that do not exist are added if nobody says otherwise: what dealers say about them waits for somebody to look.
  public var addsProducts: Bool { self != .staging }

  /// The columns without which such a table makes no sense.
  public var requiredColumns: [Column] {
    switch self {
    case .products: [.code]
    case .movements: [.code, .quantity]
    case .staging: [.dealer, .code]
    }
  }
}

/// What a positive quantity of a movement's line means.
public enum MovementDirection: String, Sendable, Equatable, CaseIterable, Codable {
  /// What came; one below zero is what went.
  case receipts
  /// What was sold; one below zero is what came back, at the average cost.
  case sales
  /// By how much a count differs.
  case adjustments
}

/// What the quantity column of a table of products means.
public enum FirstStock: String, Sendable, Equatable, CaseIterable, Codable {
  /// The first stock: an adjustment for products that never moved at the place; the others keep theirs. So the same table twice doubles nothing.
  case first
  /// What was counted: an adjustment by the difference to the present stock.
  case counted
  /// Nothing.
  case ignored
}

/// How decimals are written.
public enum DecimalMark: String, Sendable, Equatable, CaseIterable, Codable {
  /// `1.234,56`.
  case comma
  /// `1234.56`.
  case point
}
