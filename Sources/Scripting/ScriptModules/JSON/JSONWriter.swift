import RevoadaLua

/// Writes Lua values as JSON.
///
/// Field names are sorted: equal tables give equal texts.
struct JSONWriter {
  private var output: [UInt8] = []
  private let indentation: Int?
  private var path: [String] = []

  /// The text of a value; `indentation` spaces per level, or everything on one line.
  static func write(_ value: LuaValue, indentation: Int? = nil) throws -> String {
    var writer = JSONWriter(indentation: indentation)
    try writer.append(value)
    return String(decoding: writer.output, as: UTF8.self)
  }

  /// The bytes of a value.
  ///
  /// Strings that are not UTF-8 are refused, as JSON cannot carry them.
  static func bytes(_ value: LuaValue, indentation: Int? = nil) throws -> [UInt8] {
    var writer = JSONWriter(indentation: indentation)
    try writer.append(value)
    return writer.output
  }

  private init(indentation: Int?) { self.indentation = indentation }

  /// Why a value has no JSON form, with the way to it.
  struct Unsupported: Error, CustomStringConvertible {
    var description: String
  }

  private mutating func append(_ value: LuaValue) throws {
    switch value {
    case .nil: append("null")
    case .bool(let flag): append(flag ? "true" : "false")
    case .integer(let integer): append(String(integer))
    case .number(let number):
      guard number.isFinite else { throw unsupported("\(number) has no JSON form") }
      append(String(number))
    case .string(let string): try append(quoted: string)
    case .table(let table): try append(table)
    case .function, .handle: throw unsupported("a \(value.typeName) has no JSON form")
    }
  }

  private mutating func append(_ table: LuaTable) throws {
    if let marker = JSONMarker(table) {
      append(marker.text)
      return
    }
    guard path.count < JSONReader.maximumDepth else {
      throw Unsupported(description: "nested deeper than \(JSONReader.maximumDepth) levels")
    }
    if table.array.isEmpty {
      try append(fields: table.fields)
    } else if table.fields.isEmpty {
      try append(elements: table.array)
    } else {
      let name = table.fields.keys.map(\.shown).min() ?? ""
      throw unsupported("a table has both list elements and the field '\(name)'")
    }
  }

  private mutating func append(elements: [LuaValue]) throws {
    append("[")
    for (index, element) in elements.enumerated() {
      if index > 0 { append(",") }
      path.append("[\(index + 1)]")
      newLine()
      try append(element)
      path.removeLast()
    }
    newLine()
    append("]")
  }

  private mutating func append(fields: [LuaValue: LuaValue]) throws {
    if fields.isEmpty {
      append("{}")
      return
    }
    var named: [(name: LuaString, value: LuaValue)] = []
    for (key, value) in fields {
      guard case .string(let name) = key else {
        throw unsupported("a field name must be a string, got \(key.typeName) \(key.shown)")
      }
      named.append((name, value))
    }
    named.sort { $0.name.bytes.lexicographicallyPrecedes($1.name.bytes) }
    append("{")
    for (index, field) in named.enumerated() {
      if index > 0 { append(",") }
      path.append(".\(field.name.text)")
      newLine()
      try append(quoted: field.name)
      append(indentation == nil ? ":" : ": ")
      try append(field.value)
      path.removeLast()
    }
    newLine()
    append("}")
  }

  private mutating func append(quoted string: LuaString) throws {
    guard String(validating: string.bytes, as: UTF8.self) != nil else {
      throw unsupported("a string is not valid UTF-8")
    }
    let digits = Array("0123456789abcdef".utf8)
    output.append(UInt8(ascii: "\""))
    for byte in string.bytes {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): output += [UInt8(ascii: "\\"), byte]
      case 8: append("\\b")
      case 9: append("\\t")
      case 10: append("\\n")
      case 12: append("\\f")
      case 13: append("\\r")
      case 0..<0x20:
        append("\\u00")
        output += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
  }

  private mutating func newLine() {
    guard let indentation else { return }
    output.append(10)
    output.append(contentsOf: repeatElement(32, count: indentation * path.count))
  }

  private mutating func append(_ text: String) { output.append(contentsOf: text.utf8) }

  private func unsupported(_ what: String) -> Unsupported {
    Unsupported(description: path.isEmpty ? what : "\(what) (at \(path.joined()))")
  }
}
