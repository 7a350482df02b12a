/// How much of a document is looked at before it is refused.
///
/// Real documents stay far below: the authority takes lots of 500 KB, nests about ten deep and has no
/// text longer than some thousand characters.
public struct Limits: Hashable, Sendable {
  /// The bytes of a file.
  public var fileBytes = 4 << 20

  /// The bytes of a text between two tags; also of one tag, a comment and the like.
  public var textBytes = 64 << 10

  /// How deep elements may nest.
  public var depth = 64

  /// How many attributes and namespaces one element may have.
  public var attributes = 32

  /// How many items an invoice may have.
  public var items = 990

  /// The usual limits.
  public init() {}

  /// The usual limits.
  public static let standard = Limits()
}
