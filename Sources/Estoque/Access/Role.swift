import EstoqueDatabase

/// What somebody may do; each role may do what those before it may.
public enum Role: String, Sendable, Equatable, Comparable, CaseIterable, SQLConvertible {
  /// May look at everything but users and the audit log.
  case viewer
  /// May change the stock.
  case `operator`
  /// May also change users, and see the audit log.
  case admin

  /// Whether a role may do less than another.
  public static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .viewer: 0
    case .operator: 1
    case .admin: 2
    }
  }
}
