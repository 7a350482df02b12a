/// A category of products.
public struct Category: Sendable, Equatable {
  /// Its number.
  public typealias ID = Identifier<Category>

  /// Its number.
  public let id: ID
  /// Its name, unique.
  public let name: String
}
