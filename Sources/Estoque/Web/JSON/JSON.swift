/// A JSON value (RFC 8259). Objects keep the order of their members; numbers that are no integers keep their digits.
public indirect enum JSON: Sendable, Equatable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A whole number of 64 bits.
  case integer(Int64)
  /// Any other number, as it is written.
  case number(String)
  /// A text.
  case string(String)
  /// Values in order.
  case array([JSON])
  /// Named values.
  case object([Member])

  /// A named value of an object.
  public struct Member: Sendable, Equatable {
    /// The name.
    public var name: String
    /// The value.
    public var value: JSON
    /// Creates a member.
    public init(_ name: String, _ value: JSON) { (self.name, self.value) = (name, value) }
  }

  /// A text, or null.
  public init(_ text: String?) { self = text.map(JSON.string) ?? .null }
  /// A whole number, or null.
  public init(_ number: Int64?) { self = number.map(JSON.integer) ?? .null }
  /// A whole number, or null.
  public init(_ number: Int?) { self = number.map { .integer(Int64($0)) } ?? .null }
  /// A truth value, or null.
  public init(_ flag: Bool?) { self = flag.map(JSON.bool) ?? .null }

  /// The value of a member; null if there is none.
  public subscript(name: String) -> JSON {
    guard case .object(let members) = self else { return .null }
    return members.first { $0.name == name }?.value ?? .null
  }
  /// An element; null if there is none.
  public subscript(index: Int) -> JSON {
    guard case .array(let elements) = self, elements.indices.contains(index) else { return .null }
    return elements[index]
  }
  /// The text, if it is one.
  public var text: String? { if case .string(let text) = self { text } else { nil } }
  /// The whole number, if it is one.
  public var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
  /// The elements, if it is an array.
  public var elements: [JSON]? { if case .array(let elements) = self { elements } else { nil } }

  /// With more members; those that it has already are replaced.
  func with(_ more: JSON) -> JSON {
    guard case .object(var members) = self, case .object(let added) = more else { return more }
    for member in added {
      members.removeAll { $0.name == member.name }
      members.append(member)
    }
    return .object(members)
  }
}

extension JSON: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
  ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
{
  /// An object, in this order.
  public init(dictionaryLiteral members: (String, JSON)...) { self = .object(members.map(Member.init)) }
  /// An array.
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  /// A text.
  public init(stringLiteral text: String) { self = .string(text) }
  /// A whole number.
  public init(integerLiteral number: Int64) { self = .integer(number) }
  /// A truth value.
  public init(booleanLiteral flag: Bool) { self = .bool(flag) }
}
