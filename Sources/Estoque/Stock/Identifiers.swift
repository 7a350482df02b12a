import EstoqueDatabase

/// The number of a row in one table; numbers of different tables are different types.
public struct Identifier<Table>: RawRepresentable, SQLConvertible, Hashable, Comparable, Codable,
  CustomStringConvertible
{
  /// The number.
  public let rawValue: Int64
  /// Takes a number for an identifier.
  public init(rawValue: Int64) { self.rawValue = rawValue }
  /// The order of creation.
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  /// The number.
  public var description: String { String(rawValue) }
}

/// A category of products.
public enum Category {
  /// Its number.
  public typealias ID = Identifier<Category>
}
/// A place where stock is kept.
public enum Location {
  /// Its number.
  public typealias ID = Identifier<Location>
  /// The place that exists from the beginning.
  public static let main = ID(rawValue: 1)
}
/// A lot of a product.
public enum Lot {
  /// Its number.
  public typealias ID = Identifier<Lot>
}
/// A person who uses the program.
public enum User {
  /// Its number.
  public typealias ID = Identifier<User>
}
