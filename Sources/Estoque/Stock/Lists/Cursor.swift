import Foundation

/// The place in a list after which the next page begins: the sort key of the last row, so that pages neither lose nor repeat a row when others come.
///
/// Opaque to whoever passes it around.
public struct Cursor: Sendable, Hashable, CustomStringConvertible {
  private static let separator: Character = "\u{1F}"
  let parts: [String]

  /// Makes a cursor of a sort key.
  public init(_ parts: String...) { self.parts = parts }

  /// Reads what ``text`` has written.
  /// - Throws: ``InvalidCursor``.
  public init(text: String) throws(InvalidCursor) {
    var base64 = text.replacing("-", with: "+").replacing("_", with: "/")
    base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
    guard text.utf8.count <= 65_536, let data = Data(base64Encoded: base64),
      let joined = String(validating: data, as: UTF8.self)
    else { throw InvalidCursor() }
    parts = joined.split(separator: Self.separator, omittingEmptySubsequences: false).map(String.init)
  }

  /// The cursor for a URL.
  public var text: String {
    Data(parts.joined(separator: String(Self.separator)).utf8).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }
  /// The cursor for a URL.
  public var description: String { text }

  /// The parts, of which there must be so many.
  public func parts(_ count: Int) throws(InvalidCursor) -> [String] {
    if parts.count != count { throw InvalidCursor() }
    return parts
  }

  /// A number among the parts.
  public static func number(_ part: String) throws(InvalidCursor) -> Int64 {
    guard let number = Int64(part) else { throw InvalidCursor() }
    return number
  }
}

/// A cursor that no list has given out.
public struct InvalidCursor: Error, Sendable, Equatable, CustomStringConvertible {
  /// A sentence for people.
  public var description: String { "a posição na lista não é válida; comece de novo do início" }
}

/// A part of a list.
public struct Page<Item: Sendable>: Sendable {
  /// The rows.
  public var items: [Item]
  /// Where the next page begins; nil at the end.
  public var next: Cursor?

  /// Creates a page.
  public init(items: [Item], next: Cursor?) { (self.items, self.next) = (items, next) }

  /// Makes a page of one row more than it has room for: that there is one shows that there is a next page.
  public init(_ rows: [Item], limit: Int, cursor: (Item) -> Cursor) {
    let hasMore = rows.count > limit
    items = hasMore ? Array(rows.prefix(limit)) : rows
    next = hasMore ? items.last.map(cursor) : nil
  }
}
extension Page: Equatable where Item: Equatable {}

/// How many rows a page may have.
public enum PageLimit {
  /// The most rows of a page.
  public static let maximum = 1000
  /// What was asked for, from 1 to ``maximum``.
  public static func clamped(_ limit: Int) -> Int { max(1, min(limit, maximum)) }
}
