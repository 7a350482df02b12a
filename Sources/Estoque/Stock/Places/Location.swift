/// A place where stock is kept.
public struct Location: Sendable, Equatable {
  /// Its number.
  public typealias ID = Identifier<Location>
  /// The place that exists from the beginning.
  public static let main = ID(rawValue: 1)

  /// Its number.
  public let id: ID
  /// A short word for it, unique.
  public let code: String
  /// Its name.
  public let name: String
  /// Whether it is in use.
  public let isActive: Bool
}
