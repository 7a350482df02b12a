/// A Lua function held by Swift.
///
/// Call it by ``Isolate/call(_:_:name:)``. The function stays alive in its isolate until the last
/// reference to this object goes.
public final class LuaFunction: Sendable {
  let holder: RegistryReference

  init(_ holder: RegistryReference) { self.holder = holder }

  /// The isolate the function lives in.
  public var isolate: Isolate { holder.isolate }
}

extension LuaFunction: Hashable {
  /// Whether both are the same reference.
  public static func == (lhs: LuaFunction, rhs: LuaFunction) -> Bool { lhs === rhs }

  /// Hashes the identity of the reference.
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
