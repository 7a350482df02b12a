/// A key as Lua compares keys: the float 1.0 is the integer 1.
///
/// Tables and functions have no value outside of their isolate by which two of them could be told apart.
struct LuaKey: Hashable, Sendable {
  let value: LuaValue

  init(_ call: LuaCall, _ index: Int) throws {
    switch call.value(index) {
    case .string, .bool, .integer: value = call.value(index)
    case .number(let number):
      if number.isNaN { throw call.argumentError(index, "the key is not a number (NaN)") }
      value = Int64(exactly: number).map(LuaValue.integer) ?? .number(number)
    default:
      throw call.argumentError(
        index, "key expected: a string, a number or a boolean, got \(call.value(index).luaTypeName)")
    }
  }
}

extension LuaValue {
  /// The name Lua gives to the type, also of values that Swift only keeps.
  var luaTypeName: String {
    if case .handle(let handle) = self { return handle.typeName }
    return isNil ? "no value" : typeName
  }
}
