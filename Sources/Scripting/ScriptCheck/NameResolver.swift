/// Walks a script's statements and records which names it uses that are not its locals.
///
/// The source has been compiled by Lua before, so this takes its syntax for granted: where a token is not
/// the expected one it goes on, and it always moves forward.
struct NameResolver {
  let tokens: [LuaToken]
  let libraries: Set<String>
  var position = 0
  var scope = LuaScope()
  /// Above zero inside the arguments of pcall: what fails there is expected to.
  var guards = 0
  var use = NameUse()

  /// What an expression is, as far as it matters here.
  enum Value: Hashable {
    case other
    /// A library's table.
    case library(String)
  }

  /// What stands left of `=`.
  enum Target {
    case local(String)
    case global(String, line: Int)
    case field(library: String, name: String)
    case other
  }

  /// The names used by a source text; `libraries` are the names that `require` and the globals give
  /// tables with known fields.
  static func resolve(_ source: [UInt8], libraries: Set<String>) -> NameUse {
    var resolver = NameResolver(tokens: LuaLexer.tokens(source), libraries: libraries)
    while resolver.current.kind != .end {
      resolver.block()
      // A stray `end` cannot be in compiled source; skipping it keeps a damaged one from looping.
      if resolver.current.kind != .end { resolver.position += 1 }
    }
    return resolver.use
  }

  private init(tokens: [LuaToken], libraries: Set<String>) {
    self.tokens = tokens
    self.libraries = libraries
  }

  // MARK: Tokens

  var current: LuaToken { tokens[min(position, tokens.count - 1)] }

  func peek(_ offset: Int) -> LuaToken { tokens[max(0, min(position + offset, tokens.count - 1))] }

  mutating func takeKeyword(_ word: String) -> Bool {
    guard current.isKeyword(word) else { return false }
    position += 1
    return true
  }

  mutating func takeSymbol(_ symbol: String) -> Bool {
    guard current.isSymbol(symbol) else { return false }
    position += 1
    return true
  }

  mutating func takeName() -> LuaToken? {
    guard current.kind == .name else { return nil }
    position += 1
    return peek(-1)
  }

  // MARK: Names

  mutating func declare(_ name: String, _ local: LuaScope.Local = .variable) {
    scope.declare(name, local)
    use.locals.insert(name)
    if name == "_ENV" { use.isDynamic = true }
  }

  func isGlobal(_ text: String, _ name: LuaToken) -> Bool {
    name.text == text && scope.find(text) == nil
  }

  func library(named name: String) -> String? {
    switch scope.find(name) {
    case .library(let library)?: library
    case .variable?: nil
    case nil: libraries.contains(name) ? name : nil
    }
  }

  func target(_ name: LuaToken) -> Target {
    scope.find(name.text) == nil ? .global(name.text, line: name.line) : .local(name.text)
  }

  mutating func read(_ name: LuaToken) {
    guard scope.find(name.text) == nil else { return }
    if name.text == "_ENV" { use.isDynamic = true }
    // `pairs(_G)` only looks; whoever else gets the table may define globals through it.
    if name.text == "_G", !startsSuffix,
      !(peek(-2).isSymbol("(") && ["pairs", "next"].contains(peek(-3).text))
    {
      use.isDynamic = true
    }
    use.reads.append(NameUse.Read(name: name.text, line: name.line))
  }

  mutating func probe(_ name: LuaToken) {
    if scope.find(name.text) == nil { use.probes.insert(name.text) }
  }

  /// Whether the operand from `start` to here is only asked for: `x and`, `x or`, `not x`, `if x then`,
  /// `x == nil`.
  func isProbe(from start: Int) -> Bool {
    if current.isKeyword("and") || current.isKeyword("or") { return true }
    if current.isSymbol("==") || current.isSymbol("~="), peek(1).isKeyword("nil") { return true }
    let before = start > 0 ? tokens[start - 1] : nil
    if before?.isKeyword("not") == true { return true }
    return current.isKeyword("then")
      && before.map { ["if", "elseif", "and", "or"].contains($0.text) } == true
  }
}
