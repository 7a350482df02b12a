/// A snapshot of a Lua table.
public struct LuaTable: Sendable, Hashable {
  /// The elements at keys `1...n` without a gap.
  public var array: [LuaValue]
  /// Everything else, by key.
  public var fields: [LuaValue: LuaValue]

  /// A table with the given elements and fields.
  public init(array: [LuaValue] = [], fields: [LuaValue: LuaValue] = [:]) {
    self.array = array
    self.fields = fields
  }

  /// A table whose keys are strings.
  public init(_ fields: [String: LuaValue]) {
    self.init(fields: Dictionary(uniqueKeysWithValues: fields.map { (.string($0.key), $0.value) }))
  }

  /// The field with a string key; `nil` when the table has none, and assigning `nil` removes it.
  public subscript(name: String) -> LuaValue {
    get { fields[.string(name)] ?? .nil }
    set { fields[.string(name)] = newValue.isNil ? nil : newValue }
  }
}
