/// A value copied out of, or into, a Lua isolate.
///
/// Tables are snapshots; functions and handles are references that stay valid for as long as the
/// runtime runs.
public enum LuaValue: Sendable, Hashable {
  case `nil`
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(LuaString)
  case table(LuaTable)
  /// A function, as a reference into the isolate it belongs to.
  case function(LuaFunction)
  /// A Swift object that scripts see as userdata with methods: a channel, a mutex and so on.
  case handle(LuaHandle)
}

extension LuaValue {
  /// A string value from Swift text.
  public static func string(_ text: String) -> LuaValue { .string(LuaString(text)) }

  /// The name Lua's own `type` function gives this value.
  public var typeName: String {
    switch self {
    case .nil: "nil"
    case .bool: "boolean"
    case .integer, .number: "number"
    case .string: "string"
    case .table: "table"
    case .function: "function"
    case .handle: "userdata"
    }
  }

  /// False for `nil` and `false`, as in a Lua condition.
  public var isTruthy: Bool {
    switch self {
    case .nil, .bool(false): false
    default: true
    }
  }

  /// True for `nil` alone.
  public var isNil: Bool { self == .nil }
}

extension LuaValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral
{
  /// Lua's `nil`.
  public init(nilLiteral: ()) { self = .nil }
  /// A Lua boolean.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// A Lua integer.
  public init(integerLiteral value: Int64) { self = .integer(value) }
  /// A Lua float.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// A Lua string.
  public init(stringLiteral value: String) { self = .string(LuaString(value)) }
}
