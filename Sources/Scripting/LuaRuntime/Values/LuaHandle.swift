/// A Swift object that scripts hold as userdata: a channel, mutex, context and so on.
///
/// Handles are equal when they refer to the same object.
public struct LuaHandle: Sendable, Hashable {
  let object: SharedObject

  /// The kind of object, such as `"channel"` or `"mutex"`.
  public var typeName: String { object.kind.name }

  /// Whether two handles refer to one object.
  public static func == (lhs: LuaHandle, rhs: LuaHandle) -> Bool { lhs.object === rhs.object }

  /// Hashes the identity of the object.
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(object)) }
}
