import RevoadaLua

/// An options table: reads fields by type, and names the field and the function when one does not fit.
struct Options {
  private let call: LuaCall
  private let index: Int
  private let table: LuaTable

  /// The table at `index`, empty when absent.
  ///
  /// A field outside of `known` is an error: a mistyped option that silently does nothing is worse.
  init(_ call: LuaCall, _ index: Int, known: Set<String>) throws {
    self.call = call
    self.index = index
    table = try call.optionalTable(index) ?? LuaTable()
    if !table.array.isEmpty { throw call.argumentError(index, "options expected, got a list") }
    let unknown = table.fields.keys.map(\.shown).filter { !known.contains($0) }.sorted()
    if let name = unknown.first {
      let list = known.sorted().joined(separator: ", ")
      throw call.argumentError(index, "unknown option '\(name)'; known: \(list)")
    }
  }

  func value(_ name: String) -> LuaValue { table[name] }

  func bytes(_ name: String) throws -> [UInt8]? {
    switch table[name] {
    case .nil: return nil
    case .string(let string): return string.bytes
    case .integer, .number: return Array(table[name].shown.utf8)
    default: throw mismatch(name, "string")
    }
  }

  func text(_ name: String) throws -> String? {
    try bytes(name).map { String(decoding: $0, as: UTF8.self) }
  }

  func bool(_ name: String) throws -> Bool? {
    switch table[name] {
    case .nil: return nil
    case .bool(let flag): return flag
    default: throw mismatch(name, "boolean")
    }
  }

  /// A whole number in `range`.
  func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
    guard let number = try number(name) else { return nil }
    guard let integer = Int(exactly: number), range.contains(integer) else {
      throw call.argumentError(
        index, "option '\(name)': whole number from \(range.lowerBound) to \(range.upperBound) expected")
    }
    return integer
  }

  /// Milliseconds, more than zero.
  func duration(_ name: String) throws -> Duration? {
    guard let milliseconds = try number(name) else { return nil }
    // A hundred years: beyond it `Duration` arithmetic could overflow, and nobody waits that long.
    guard milliseconds > 0, milliseconds < 3.2e12 else {
      throw call.argumentError(index, "option '\(name)': milliseconds above 0 expected")
    }
    return .seconds(milliseconds / 1000)
  }

  /// A table whose keys and values are texts, such as headers or an environment.
  func texts(_ name: String) throws -> [String: String]? {
    guard case .table(let fields) = table[name] else {
      if table[name].isNil { return nil }
      throw mismatch(name, "table")
    }
    var result: [String: String] = [:]
    for (key, value) in fields.fields {
      guard let key = key.text else {
        throw call.argumentError(index, "option '\(name)': names must be strings")
      }
      switch value {
      case .string, .integer, .number, .bool: result[key] = value.shown
      default:
        throw call.argumentError(
          index, "option '\(name)': string expected for '\(key)', got \(value.typeName)")
      }
    }
    return result
  }

  /// A list of texts, such as patterns or arguments.
  func texts(list name: String) throws -> [String]? {
    guard case .table(let list) = table[name], list.fields.isEmpty else {
      if table[name].isNil { return nil }
      throw mismatch(name, "list")
    }
    return try list.array.map { element in
      guard let text = element.text else { throw mismatch(name, "list of strings") }
      return text
    }
  }

  private func number(_ name: String) throws -> Double? {
    switch table[name] {
    case .nil: return nil
    case .integer(let integer): return Double(integer)
    case .number(let number): return number
    default: throw mismatch(name, "number")
    }
  }

  /// The error for a field whose value does not do.
  func error(_ name: String, _ what: String) -> LuaError {
    call.argumentError(index, "option '\(name)': \(what)")
  }

  private func mismatch(_ name: String, _ expected: String) -> LuaError {
    call.argumentError(index, "option '\(name)': \(expected) expected, got \(table[name].typeName)")
  }
}
