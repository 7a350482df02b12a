import LuaShim

/// A value that Swift keeps for an isolate: an entry in its registry, given back exactly once.
///
/// Tables, functions and the like pass through Swift in this form and stay what they are. A shared object, so that encoded
/// values can hold it.
final class RegistryReference: SharedObject, @unchecked Sendable {
  let isolate: Isolate
  let reference: Int32
  let type: Int32

  init(_ isolate: Isolate, _ reference: Int32, type: Int32) {
    self.isolate = isolate
    self.reference = reference
    self.type = type
    super.init()
  }

  deinit { isolate.release(reference) }

  override var kind: ObjectKind { Self.kinds[Int(type)] }
  private static let kinds = (0..<9).map { ObjectKind(-1, String(cString: lua_typename(nil, $0)), []) }
}
