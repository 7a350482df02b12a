import RevoadaLua

/// A text that is no JSON, with the place where that shows.
struct JSONError: Error, CustomStringConvertible {
  var message: String
  var line: Int
  var column: Int

  var description: String { "line \(line), column \(column): \(message)" }
}

/// Reads JSON (RFC 8259) straight into Lua values: integers stay integers, floats stay floats.
///
/// Foundation's decoder would go through `Double` or `Decimal` and through classes; a script's numbers and
/// large documents are better served by one pass over the bytes.
struct JSONReader {
  /// Deeper nesting is refused: it is no data, and both this reader and scripts that walk it recurse.
  static let maximumDepth = 512

  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0
  private(set) var sawMarker = false

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The value of a whole document, and whether it contains a ``JSONMarker``.
  static func read(_ bytes: [UInt8]) throws(JSONError) -> (value: LuaValue, sawMarker: Bool) {
    var reader = JSONReader(bytes)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.position = 3 }
    let value = try reader.value()
    reader.skipSpace()
    guard reader.position == bytes.count else { throw reader.error("end of text expected") }
    return (value, reader.sawMarker)
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private var atDigit: Bool { next.map { (48...57).contains($0) } ?? false }

  private mutating func value() throws(JSONError) -> LuaValue {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try nested(Self.object)
    case UInt8(ascii: "["): return try nested(Self.array)
    case UInt8(ascii: "\""): return .string(LuaString(bytes: try string()))
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"):
      sawMarker = true
      return try word("null", JSONMarker.null.value)
    case UInt8(ascii: "-"): return try number()
    case _ where atDigit: return try number()
    case nil: throw error("a value expected, got the end of the text")
    default: throw error("a value expected")
    }
  }

  private mutating func nested(
    _ body: (inout JSONReader) throws(JSONError) -> LuaValue
  ) throws(JSONError) -> LuaValue {
    depth += 1
    guard depth <= Self.maximumDepth else { throw error("nested deeper than \(Self.maximumDepth) levels") }
    position += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  private static func array(_ reader: inout JSONReader) throws(JSONError) -> LuaValue {
    var elements: [LuaValue] = []
    reader.skipSpace()
    if reader.take("]") {
      reader.sawMarker = true
      return JSONMarker.emptyArray.value
    }
    while true {
      elements.append(try reader.value())
      reader.skipSpace()
      if reader.take("]") { return .table(LuaTable(array: elements)) }
      guard reader.take(",") else { throw reader.error("',' or ']' expected") }
    }
  }

  private static func object(_ reader: inout JSONReader) throws(JSONError) -> LuaValue {
    var fields: [LuaValue: LuaValue] = [:]
    reader.skipSpace()
    if reader.take("}") { return .table(LuaTable()) }
    while true {
      reader.skipSpace()
      guard reader.next == UInt8(ascii: "\"") else {
        throw reader.error("a field name in quotation marks expected")
      }
      let name = LuaValue.string(LuaString(bytes: try reader.string()))
      reader.skipSpace()
      guard reader.take(":") else { throw reader.error("':' expected") }
      fields[name] = try reader.value()
      reader.skipSpace()
      if reader.take("}") { return .table(LuaTable(fields: fields)) }
      guard reader.take(",") else { throw reader.error("',' or '}' expected") }
    }
  }

  private mutating func word(_ word: StaticString, _ value: LuaValue) throws(JSONError) -> LuaValue {
    let length = word.utf8CodeUnitCount
    let matches = word.withUTF8Buffer { bytes[position...].starts(with: $0) }
    guard matches else { throw error("'\(word)' expected") }
    position += length
    return value
  }

  private mutating func number() throws(JSONError) -> LuaValue {
    let start = position
    _ = take("-")
    if take("0") {
      if atDigit { throw error("a number cannot start with 0") }
    } else {
      try digits()
    }
    var isInteger = true
    if take(".") {
      isInteger = false
      try digits()
    }
    if take("e") || take("E") {
      isInteger = false
      _ = take("+") || take("-")
      try digits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    // An integer too large for Lua's becomes a float, as in Lua's own reader.
    if isInteger, let integer = Int64(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else {
      position = start
      throw error("number out of range")
    }
    return .number(number)
  }

  private mutating func digits() throws(JSONError) {
    guard atDigit else { throw error("a digit expected") }
    while atDigit { position += 1 }
  }

  private mutating func string() throws(JSONError) -> [UInt8] {
    position += 1
    var result: [UInt8] = []
    while true {
      let start = position
      while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
        position += 1
      }
      result.append(contentsOf: bytes[start..<position])
      switch next {
      case UInt8(ascii: "\""):
        position += 1
        return result
      case UInt8(ascii: "\\"): try escape(into: &result)
      case nil: throw error("the string does not end")
      default: throw error("a control character must be written as \\u00XX")
      }
    }
  }

  private mutating func escape(into result: inout [UInt8]) throws(JSONError) {
    position += 1
    let byte = next
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(byte ?? 0)
    case UInt8(ascii: "b"): result.append(8)
    case UInt8(ascii: "f"): result.append(12)
    case UInt8(ascii: "n"): result.append(10)
    case UInt8(ascii: "r"): result.append(13)
    case UInt8(ascii: "t"): result.append(9)
    case UInt8(ascii: "u"):
      var code = try unit()
      // A high surrogate with its low one; any lone half becomes the replacement character.
      if code & 0xFC00 == 0xD800, next == UInt8(ascii: "\\"), position + 1 < bytes.count,
        bytes[position + 1] == UInt8(ascii: "u")
      {
        let mark = position
        position += 2
        let low = try unit()
        if low & 0xFC00 == 0xDC00 {
          code = 0x10000 + (code & 0x3FF) << 10 + (low & 0x3FF)
        } else {
          position = mark
        }
      }
      result.append(contentsOf: Character(Unicode.Scalar(code) ?? "\u{FFFD}").utf8)
    default:
      position -= 1
      throw error("unknown escape")
    }
  }

  private mutating func unit() throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("four hexadecimal digits expected")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }

  private mutating func skipSpace() {
    while let byte = next, byte == 32 || byte == 10 || byte == 13 || byte == 9 { position += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private func error(_ message: String) -> JSONError {
    let before = bytes[..<min(position, bytes.count)]
    let line = before.count { $0 == 10 } + 1
    let start = before.lastIndex(of: 10).map { $0 + 1 } ?? 0
    return JSONError(message: message, line: line, column: before.count - start + 1)
  }
}
