/// A Lua string: bytes, usually but not necessarily UTF-8.
public struct LuaString: Sendable, Hashable {
  /// The bytes exactly as Lua holds them.
  public var bytes: [UInt8]

  /// The UTF-8 bytes of `text`.
  public init(_ text: String) { bytes = Array(text.utf8) }

  /// The given bytes.
  public init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  /// The string as text; bytes that are not UTF-8 become replacement characters.
  public var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension LuaString: ExpressibleByStringLiteral, CustomStringConvertible {
  /// The UTF-8 bytes of a literal.
  public init(stringLiteral value: String) { self.init(value) }

  /// The same as ``text``.
  public var description: String { text }
}
