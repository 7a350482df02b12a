/// An options table: reads fields by type, and names the field and the function when one does not fit.
package struct LuaOptions {
  private let call: LuaCall
  private let index: Int
  private let table: LuaTable
  /// The option that this table is the value of, with a point; empty for the argument itself.
  private let outer: String

  /// The table at `index`, empty when absent.
  ///
  /// A field outside of `known` is an error: a mistyped option that silently does nothing is worse.
  ///
  /// - Parameter mayBeList: whether it may be a list as well, see ``elements(_:known:)``.
  package init(_ call: LuaCall, _ index: Int, known: Set<String>, mayBeList: Bool = false) throws {
    self.call = call
    self.index = index
    outer = ""
    table = try call.optionalTable(index) ?? LuaTable()
    try check(known, mayBeList: mayBeList)
  }

  private init(_ table: LuaTable, of name: String, in options: LuaOptions) {
    call = options.call
    index = options.index
    outer = "\(options.outer)\(name)."
    self.table = table
  }

  private func check(_ known: Set<String>, mayBeList: Bool = false) throws {
    if !table.array.isEmpty, !mayBeList {
      throw call.argumentError(index, "\(outer)options expected, got a list")
    }
    let unknown = table.fields.keys.map(\.shownKey).filter { !known.contains($0) }.sorted()
    if let name = unknown.first {
      let list = known.sorted().joined(separator: ", ")
      throw call.argumentError(index, "unknown option '\(outer)\(name)'; known: \(list)")
    }
  }

  package func value(_ name: String) -> LuaValue { table[name] }

  package func bytes(_ name: String) throws -> [UInt8]? {
    switch table[name] {
    case .nil: return nil
    case .string(let string): return string.bytes
    case .integer, .number: return Array(table[name].shownKey.utf8)
    default: throw mismatch(name, "string")
    }
  }

  package func text(_ name: String) throws -> String? {
    try bytes(name).map { String(decoding: $0, as: UTF8.self) }
  }

  package func bool(_ name: String) throws -> Bool? {
    switch table[name] {
    case .nil: return nil
    case .bool(let flag): return flag
    default: throw mismatch(name, "boolean")
    }
  }

  package func function(_ name: String) throws -> LuaFunction? {
    switch table[name] {
    case .nil: return nil
    case .function(let function): return function
    default: throw mismatch(name, "function")
    }
  }

  /// The options in a table of their own.
  package func options(_ name: String, known: Set<String>) throws -> LuaOptions? {
    if table[name].isNil { return nil }
    return try inner(table[name], name, known)
  }

  /// Options tables by name, such as the settings of each partition.
  func tables(_ name: String, known: Set<String>) throws -> [String: LuaOptions]? {
    guard case .table(let tables) = table[name] else {
      if table[name].isNil { return nil }
      throw mismatch(name, "table")
    }
    if !tables.array.isEmpty { throw error(name, "a table by name expected, got a list") }
    var result: [String: LuaOptions] = [:]
    for (key, value) in tables.fields {
      guard case .string(let key) = key else { throw error(name, "names must be strings") }
      result[key.text] = try inner(value, "\(name).\(key.text)", known)
    }
    return result
  }

  /// The tables of the list that the options are beside their fields, such as the layers of a policy.
  func elements(_ noun: String, known: Set<String>) throws -> [LuaOptions] {
    try table.array.enumerated().map { try inner($1, "\(noun) \($0 + 1)", known) }
  }

  private func inner(_ value: LuaValue, _ name: String, _ known: Set<String>) throws -> LuaOptions {
    guard case .table(let table) = value else { throw error(name, "table expected, got \(value.typeName)") }
    let options = LuaOptions(table, of: name, in: self)
    try options.check(known)
    return options
  }

  /// A handle to an object of the given class.
  func object<Object: SharedObject>(_ name: String, _ type: Object.Type, _ kind: ObjectKind) throws -> Object?
  {
    switch table[name] {
    case .nil: return nil
    case .handle(let handle):
      guard let object = handle.object as? Object else { throw mismatch(name, kind.name) }
      return object
    default: throw mismatch(name, kind.name)
    }
  }

  /// One of some words.
  package func choice<Choice>(_ name: String, _ choices: KeyValuePairs<String, Choice>) throws -> Choice? {
    guard let word = try text(name) else { return nil }
    if let choice = choices.first(where: { $0.key == word }) { return choice.value }
    let list = choices.map { "\"\($0.key)\"" }.joined(separator: ", ")
    throw error(name, "unknown value '\(word)'; use one of \(list)")
  }

  /// A whole number in `range`.
  package func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
    guard let number = try number(name) else { return nil }
    guard let integer = Int(exactly: number), range.contains(integer) else {
      let limits =
        range.upperBound == .max
        ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
      throw error(name, "whole number \(limits) expected, got \(table[name].shownKey)")
    }
    return integer
  }

  /// A number in `range`.
  package func number(_ name: String, in range: ClosedRange<Double>) throws -> Double? {
    guard let number = try number(name) else { return nil }
    guard range.contains(number) else {
      throw error(
        name, "number from \(range.lowerBound) to \(range.upperBound) expected, got \(table[name].shownKey)")
    }
    return number
  }

  /// A number above zero.
  package func positive(_ name: String) throws -> Double? {
    guard let number = try number(name) else { return nil }
    guard number > 0, number.isFinite else {
      throw error(name, "number above 0 expected, got \(table[name].shownKey)")
    }
    return number
  }

  /// Milliseconds: more than zero, or also zero where that `mayBeZero`.
  package func duration(_ name: String, mayBeZero: Bool = false) throws -> Duration? {
    guard let milliseconds = try number(name) else { return nil }
    // A hundred years: beyond it `Duration` arithmetic could overflow, and nobody waits that long.
    guard milliseconds > 0 || mayBeZero && milliseconds == 0, milliseconds < 3.2e12 else {
      throw error(
        name, "milliseconds \(mayBeZero ? "of at least" : "above") 0 expected, got \(table[name].shownKey)")
    }
    return .seconds(milliseconds / 1000)
  }

  /// A table whose keys and values are texts, such as headers or an environment.
  package func texts(_ name: String) throws -> [String: String]? {
    guard case .table(let fields) = table[name] else {
      if table[name].isNil { return nil }
      throw mismatch(name, "table")
    }
    var result: [String: String] = [:]
    for (key, value) in fields.fields {
      guard case .string(let key) = key else { throw error(name, "names must be strings") }
      switch value {
      case .string, .integer, .number, .bool: result[key.text] = value.shownKey
      default: throw error(name, "string expected for '\(key)', got \(value.typeName)")
      }
    }
    return result
  }

  /// A list of texts, such as patterns or arguments.
  package func texts(list name: String) throws -> [String]? {
    guard case .table(let list) = table[name], list.fields.isEmpty else {
      if table[name].isNil { return nil }
      throw mismatch(name, "list")
    }
    return try list.array.map { element in
      guard case .string(let text) = element else { throw mismatch(name, "list of strings") }
      return text.text
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
  package func error(_ name: String, _ what: String) -> LuaError {
    call.argumentError(index, "option '\(outer)\(name)': \(what)")
  }

  /// The error for a field that must be there.
  package func missing(_ name: String, _ expected: String) -> LuaError {
    error(name, "\(expected) expected, got nothing")
  }

  private func mismatch(_ name: String, _ expected: String) -> LuaError {
    error(name, "\(expected) expected, got \(table[name].typeName)")
  }
}

extension LuaValue {
  /// How a key or a scalar reads inside a message.
  fileprivate var shownKey: String {
    switch self {
    case .nil: "nil"
    case .bool(let flag): String(flag)
    case .integer(let number): String(number)
    case .number(let number): String(number)
    case .string(let string): string.text
    case .table, .function, .handle: "a \(typeName)"
    }
  }
}
