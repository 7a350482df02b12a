/// Why bytes are no JSON.
public struct MalformedJSON: Error, Sendable, Equatable {
  /// How many bytes are in front of what is wrong.
  public let offset: Int
}

extension JSON {
  /// How deep values may be nested.
  static let deepest = 32

  /// Reads a text in UTF-8. As strict as RFC 8259, and stricter: no member twice, no depth without end.
  public init(parsing bytes: some Collection<UInt8>) throws(MalformedJSON) {
    var parser = JSONParser(bytes: Array(bytes))
    self = try parser.document()
  }
}

private struct JSONParser {
  let bytes: [UInt8]
  var position = 0
  var depth = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }
  private var malformed: MalformedJSON { MalformedJSON(offset: position) }

  mutating func document() throws(MalformedJSON) -> JSON {
    let value = try value()
    skipBlanks()
    if position < bytes.count { throw malformed }
    return value
  }

  private mutating func skipBlanks() {
    while let byte = next, byte == 32 || byte == 10 || byte == 13 || byte == 9 { position += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func value() throws(MalformedJSON) -> JSON {
    skipBlanks()
    switch next {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ text: StaticString, _ value: JSON) throws(MalformedJSON) -> JSON {
    let matches = text.withUTF8Buffer { word in bytes[position...].starts(with: word) }
    if !matches { throw malformed }
    position += text.utf8CodeUnitCount
    return value
  }

  private mutating func enter() throws(MalformedJSON) {
    depth += 1
    if depth > JSON.deepest { throw malformed }
    position += 1
  }

  private mutating func object() throws(MalformedJSON) -> JSON {
    try enter()
    defer { depth -= 1 }
    var members: [JSON.Member] = []
    var names: Set<String> = []
    skipBlanks()
    if take("}") { return .object([]) }
    repeat {
      skipBlanks()
      let name = try string()
      if !names.insert(name).inserted { throw malformed }
      skipBlanks()
      if !take(":") { throw malformed }
      members.append(JSON.Member(name, try value()))
      skipBlanks()
    } while take(",")
    if !take("}") { throw malformed }
    return .object(members)
  }

  private mutating func array() throws(MalformedJSON) -> JSON {
    try enter()
    defer { depth -= 1 }
    var elements: [JSON] = []
    skipBlanks()
    if take("]") { return .array([]) }
    repeat {
      elements.append(try value())
      skipBlanks()
    } while take(",")
    if !take("]") { throw malformed }
    return .array(elements)
  }

  private mutating func number() throws(MalformedJSON) -> JSON {
    let start = position
    _ = take("-")
    if !take("0"), digits() == 0 { throw malformed }
    var isWhole = true
    if take(".") {
      isWhole = false
      if digits() == 0 { throw malformed }
    }
    if take("e") || take("E") {
      isWhole = false
      if !take("+") { _ = take("-") }
      if digits() == 0 { throw malformed }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let integer = Int64(text) { return .integer(integer) }
    return .number(text)
  }

  private mutating func digits() -> Int {
    let start = position
    while let byte = next, (48...57).contains(byte) { position += 1 }
    return position - start
  }

  // MARK: Texts

  private mutating func string() throws(MalformedJSON) -> String {
    if !take("\"") { throw malformed }
    var text: [UInt8] = []
    var start = position
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        text += bytes[start..<position]
        guard let valid = String(validating: text, as: UTF8.self) else { throw malformed }
        position += 1
        return valid
      case UInt8(ascii: "\\"):
        text += bytes[start..<position]
        position += 1
        try escape(into: &text)
        start = position
      case 0..<32: throw malformed
      default: position += 1
      }
    }
    throw malformed
  }

  private mutating func escape(into text: inout [UInt8]) throws(MalformedJSON) {
    guard let byte = next else { throw malformed }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "u"):
      var code = try hex()
      if (0xDC00...0xDFFF).contains(code) { throw malformed }
      if (0xD800...0xDBFF).contains(code) {
        guard take("\\"), take("u") else { throw malformed }
        let low = try hex()
        guard (0xDC00...0xDFFF).contains(low) else { throw malformed }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw malformed }
      text += String(Character(scalar)).utf8
    default: throw malformed
    }
  }

  private mutating func hex() throws(MalformedJSON) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 128 else {
        throw malformed
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }
}
