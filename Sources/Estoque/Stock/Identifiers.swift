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

/// A person who uses the program.
public enum User {
  /// Its number.
  public typealias ID = Identifier<User>
}
