/// One call of a native function: its arguments, with accessors that check them.
///
/// Indices count from 1, as in Lua's own messages. A failed check throws ``LuaError`` with the text
/// `bad argument #2 to 'send' (number expected, got nil)`; the runtime puts script and line before it.
public struct LuaCall: Sendable {
  /// The name of the function, such as `fs.read`.
  public let name: String
  /// The arguments as passed.
  public let arguments: [LuaValue]
  /// The isolate the call comes from.
  public let isolate: Isolate
  /// The goroutine that calls, as the shim knows it; 0 when none may wait there.
  var goroutine: UInt64 = 0

  /// The argument at `index`, `nil` beyond the last.
  public func value(_ index: Int) -> LuaValue {
    index >= 1 && index <= arguments.count ? arguments[index - 1] : .nil
  }

  /// A string; a number is converted as Lua does.
  public func string(_ index: Int) throws -> LuaString {
    switch value(index) {
    case .string(let string): return string
    case .integer(let integer): return LuaString(String(integer))
    case .number(let number): return LuaString(String(number))
    default: throw mismatch(index, expected: "string")
    }
  }

  /// An integer, or a float without a fraction.
  public func integer(_ index: Int) throws -> Int64 {
    switch value(index) {
    case .integer(let integer): return integer
    case .number(let number):
      guard let integer = Int64(exactly: number) else {
        throw argumentError(index, "number has no integer representation")
      }
      return integer
    default: throw mismatch(index, expected: "number")
    }
  }

  /// A number of either kind.
  public func number(_ index: Int) throws -> Double {
    switch value(index) {
    case .integer(let integer): return Double(integer)
    case .number(let number): return number
    default: throw mismatch(index, expected: "number")
    }
  }

  /// A boolean.
  public func bool(_ index: Int) throws -> Bool {
    guard case .bool(let bool) = value(index) else { throw mismatch(index, expected: "boolean") }
    return bool
  }

  /// A table.
  public func table(_ index: Int) throws -> LuaTable {
    guard case .table(let table) = value(index) else { throw mismatch(index, expected: "table") }
    return table
  }

  /// A function.
  public func function(_ index: Int) throws -> LuaFunction {
    guard case .function(let function) = value(index) else { throw mismatch(index, expected: "function") }
    return function
  }
}

extension LuaCall {
  /// A string, or `nil` when the argument is absent or nil.
  public func optionalString(_ index: Int) throws -> LuaString? { try optional(index, string) }
  /// An integer, or `nil` when the argument is absent or nil.
  public func optionalInteger(_ index: Int) throws -> Int64? { try optional(index, integer) }
  /// A number, or `nil` when the argument is absent or nil.
  public func optionalNumber(_ index: Int) throws -> Double? { try optional(index, number) }
  /// A boolean, or `nil` when the argument is absent or nil.
  public func optionalBool(_ index: Int) throws -> Bool? { try optional(index, bool) }
  /// A table, or `nil` when the argument is absent or nil.
  public func optionalTable(_ index: Int) throws -> LuaTable? { try optional(index, table) }
  /// A function, or `nil` when the argument is absent or nil.
  public func optionalFunction(_ index: Int) throws -> LuaFunction? { try optional(index, function) }

  /// Milliseconds, or `nil` when the argument is absent or nil: more than zero, or also zero where that `mayBeZero`.
  func optionalDuration(_ index: Int, mayBeZero: Bool = false) throws -> Duration? {
    guard let milliseconds = try optionalNumber(index) else { return nil }
    // See `LuaOptions.duration`.
    guard milliseconds > 0 || mayBeZero && milliseconds == 0, milliseconds < 3.2e12 else {
      throw argumentError(
        index, mayBeZero ? "milliseconds must not be negative" : "milliseconds above 0 expected")
    }
    return .seconds(milliseconds / 1000)
  }

  private func optional<T>(_ index: Int, _ accessor: (Int) throws -> T) throws -> T? {
    value(index).isNil ? nil : try accessor(index)
  }

  /// The error for an argument that has the right type and a wrong value.
  public func argumentError(_ index: Int, _ what: String) -> LuaError {
    let short = name.split(separator: ".").last.map(String.init) ?? name
    return LuaError(.argument, "bad argument #\(index) to '\(short)' (\(what))")
  }

  private func mismatch(_ index: Int, expected: String) -> LuaError {
    let got = index > arguments.count ? "no value" : value(index).typeName
    return argumentError(index, "\(expected) expected, got \(got)")
  }
}
