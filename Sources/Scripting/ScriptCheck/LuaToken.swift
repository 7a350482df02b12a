/// A piece of Lua source text.
struct LuaToken: Sendable, Hashable {
  enum Kind: Sendable, Hashable {
    case name
    case keyword
    /// Operators and punctuation.
    case symbol
    case string
    case number
    case end
  }

  var kind: Kind
  /// The text; for a string its content.
  var text: String
  /// The line it starts on, counted from 1.
  var line: Int

  func isKeyword(_ word: String) -> Bool { kind == .keyword && text == word }
  func isSymbol(_ symbol: String) -> Bool { kind == .symbol && text == symbol }

  static let keywords: Set<String> = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local",
    "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
  ]
}
