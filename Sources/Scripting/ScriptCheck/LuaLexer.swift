/// Splits Lua 5.4 source into tokens.
///
/// The source has been compiled before, so malformed text needs no message here; it only must not trap or
/// loop.
struct LuaLexer {
  private let bytes: [UInt8]
  private var position = 0
  private var line = 1

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    // The first line may be for the shell.
    if byte() == UInt8(ascii: "#") { skipLine() }
  }

  /// All tokens, the last one being `end`.
  static func tokens(_ bytes: [UInt8]) -> [LuaToken] {
    var lexer = LuaLexer(bytes)
    var tokens: [LuaToken] = []
    while true {
      let token = lexer.next()
      tokens.append(token)
      if token.kind == .end { return tokens }
    }
  }

  private func byte(_ offset: Int = 0) -> UInt8? {
    position + offset < bytes.count ? bytes[position + offset] : nil
  }

  private func at(_ character: Unicode.Scalar, _ offset: Int = 0) -> Bool {
    byte(offset) == UInt8(ascii: character)
  }

  private mutating func next() -> LuaToken {
    skipSpaceAndComments()
    let start = line
    guard let first = byte() else { return LuaToken(kind: .end, text: "", line: start) }
    if first.startsName {
      let text = take { $0.continuesName }
      return LuaToken(kind: LuaToken.keywords.contains(text) ? .keyword : .name, text: text, line: start)
    }
    if first.isDigit || (at(".") && byte(1)?.isDigit == true) {
      return LuaToken(kind: .number, text: number(), line: start)
    }
    if at("\"") || at("'") { return LuaToken(kind: .string, text: quoted(first), line: start) }
    if at("["), let level = longBracket() {
      return LuaToken(kind: .string, text: long(level), line: start)
    }
    return LuaToken(kind: .symbol, text: symbol(), line: start)
  }

  private mutating func skipSpaceAndComments() {
    while let current = byte() {
      if current == 10 { line += 1 }
      if current == 32 || (9...13).contains(current) {
        position += 1
      } else if at("-") && at("-", 1) {
        position += 2
        if at("["), let level = longBracket() { _ = long(level) } else { skipLine() }
      } else {
        return
      }
    }
  }

  private mutating func skipLine() {
    while let current = byte(), current != 10 { position += 1 }
  }

  private mutating func take(while accepts: (UInt8) -> Bool) -> String {
    let start = position
    while let current = byte(), accepts(current) { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func number() -> String {
    let start = position
    let hexadecimal = at("0") && (at("x", 1) || at("X", 1))
    let exponents: [UInt8] =
      hexadecimal ? [UInt8(ascii: "p"), UInt8(ascii: "P")] : [UInt8(ascii: "e"), UInt8(ascii: "E")]
    while let current = byte() {
      if exponents.contains(current), at("+", 1) || at("-", 1) {
        position += 2
      } else if current.continuesName || current == UInt8(ascii: ".") {
        position += 1
      } else {
        break
      }
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// The number of equals signs of an opening long bracket here, or `nil` when there is none.
  private func longBracket() -> Int? {
    var level = 0
    while at("=", 1 + level) { level += 1 }
    return at("[", 1 + level) ? level : nil
  }

  private mutating func long(_ level: Int) -> String {
    position += level + 2
    let start = position
    while let current = byte() {
      if current == 10 { line += 1 }
      if at("]"), (0..<level).allSatisfy({ at("=", 1 + $0) }), at("]", 1 + level) {
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        position += level + 2
        return text
      }
      position += 1
    }
    return ""
  }

  private mutating func quoted(_ quote: UInt8) -> String {
    position += 1
    var content: [UInt8] = []
    while let current = byte(), current != quote {
      if current == 10 { line += 1 }
      // Only plain names are ever compared, so escapes need no decoding, just skipping. `\z` and a
      // backslash before a line break continue the string on the next line.
      if current == UInt8(ascii: "\\"), let escaped = byte(1) {
        if escaped == 10 { line += 1 }
        content += [current, escaped]
        position += 2
        if escaped == UInt8(ascii: "z") {
          while let space = byte(), space == 32 || (9...13).contains(space) {
            if space == 10 { line += 1 }
            position += 1
          }
        }
      } else {
        content.append(current)
        position += 1
      }
    }
    position += 1
    return String(decoding: content, as: UTF8.self)
  }

  private static let symbols = ["...", "..", "==", "~=", "<=", ">=", "//", "::", "<<", ">>"]

  private mutating func symbol() -> String {
    for symbol in Self.symbols where bytes[position...].starts(with: symbol.utf8) {
      position += symbol.utf8.count
      return symbol
    }
    position += 1
    return String(decoding: [bytes[position - 1]], as: UTF8.self)
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { (48...57).contains(self) }
  fileprivate var startsName: Bool { (65...90).contains(self) || (97...122).contains(self) || self == 95 }
  fileprivate var continuesName: Bool { startsName || isDigit }
}
