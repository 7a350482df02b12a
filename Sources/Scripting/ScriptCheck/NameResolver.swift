/// Walks a script's statements and records which names it uses that are not its locals.
///
/// The source has been compiled by Lua before, so this takes its syntax for granted: where a token is not
/// the expected one it goes on, and it always moves forward.
struct NameResolver {
  private let tokens: [LuaToken]
  private let libraries: Set<String>
  private var position = 0
  private var scope = LuaScope()
  /// Above zero inside the arguments of pcall: what fails there is expected to.
  private var guards = 0
  private(set) var use = NameUse()

  /// What an expression is, as far as it matters here.
  private enum Value: Hashable {
    case other
    /// A library's table.
    case library(String)
  }

  /// What stands left of `=`.
  private enum Target {
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

  private var current: LuaToken { tokens[min(position, tokens.count - 1)] }

  private func peek(_ offset: Int) -> LuaToken { tokens[max(0, min(position + offset, tokens.count - 1))] }

  private mutating func takeKeyword(_ word: String) -> Bool {
    guard current.isKeyword(word) else { return false }
    position += 1
    return true
  }

  private mutating func takeSymbol(_ symbol: String) -> Bool {
    guard current.isSymbol(symbol) else { return false }
    position += 1
    return true
  }

  private mutating func takeName() -> LuaToken? {
    guard current.kind == .name else { return nil }
    position += 1
    return peek(-1)
  }

  // MARK: Statements

  private static let blockEnds: Set<String> = ["end", "else", "elseif", "until"]

  private mutating func block() {
    while current.kind != .end, !(current.kind == .keyword && Self.blockEnds.contains(current.text)) {
      let before = position
      statement()
      if position == before { position += 1 }
    }
  }

  private mutating func scopedBlock() {
    scope.open()
    block()
    scope.close()
  }

  private mutating func statement() {
    guard current.kind == .keyword else {
      if takeSymbol(";") { return }
      if takeSymbol("::") {
        position += 2
        return
      }
      return expressionStatement()
    }
    let word = current.text
    position += 1
    switch word {
    case "do":
      scopedBlock()
      _ = takeKeyword("end")
    case "while":
      expression()
      _ = takeKeyword("do")
      scopedBlock()
      _ = takeKeyword("end")
    case "repeat":
      // The condition still sees the block's locals.
      scope.open()
      block()
      _ = takeKeyword("until")
      expression()
      scope.close()
    case "if": ifStatement()
    case "for": forStatement()
    case "function": functionStatement()
    case "local": localStatement()
    case "return": if !atBlockEnd { expressions() }
    case "goto": _ = takeName()
    default:
      // A keyword that starts an expression, as in a damaged source.
      break
    }
  }

  private var atBlockEnd: Bool {
    current.kind == .end || current.isSymbol(";")
      || (current.kind == .keyword && Self.blockEnds.contains(current.text))
  }

  private mutating func ifStatement() {
    expression()
    _ = takeKeyword("then")
    scopedBlock()
    while takeKeyword("elseif") {
      expression()
      _ = takeKeyword("then")
      scopedBlock()
    }
    if takeKeyword("else") { scopedBlock() }
    _ = takeKeyword("end")
  }

  private mutating func forStatement() {
    var names: [String] = []
    repeat {
      if let name = takeName() { names.append(name.text) }
    } while takeSymbol(",")
    if !takeSymbol("=") { _ = takeKeyword("in") }
    expressions()
    _ = takeKeyword("do")
    scope.open()
    for name in names { declare(name) }
    block()
    scope.close()
    _ = takeKeyword("end")
  }

  private mutating func functionStatement() {
    guard let name = takeName() else { return }
    var path: [String] = []
    var isMethod = false
    while current.isSymbol(".") || current.isSymbol(":") {
      isMethod = current.isSymbol(":")
      position += 1
      if let part = takeName() { path.append(part.text) }
    }
    if path.isEmpty {
      assign(target(name), .other)
    } else if let library = library(named: name.text), path.count == 1 {
      use.addedFields.insert("\(library).\(path[0])")
    } else if isGlobal("_G", name), path.count == 1 {
      use.writes.insert(path[0])
    } else {
      read(name)
    }
    functionBody(isMethod: isMethod)
  }

  private mutating func functionBody(isMethod: Bool = false) {
    scope.open()
    if isMethod { declare("self") }
    _ = takeSymbol("(")
    while !current.isSymbol(")"), current.kind != .end {
      if let name = takeName() { declare(name.text) } else { position += 1 }
    }
    _ = takeSymbol(")")
    block()
    scope.close()
    _ = takeKeyword("end")
  }

  private mutating func localStatement() {
    if takeKeyword("function") {
      // The function sees its own name.
      if let name = takeName() { declare(name.text) }
      return functionBody()
    }
    var names: [String] = []
    repeat {
      guard let name = takeName() else { break }
      names.append(name.text)
      if takeSymbol("<") { position += 2 }
    } while takeSymbol(",")
    // `local x = x` still means the outer x on the right.
    let values = takeSymbol("=") ? expressions() : []
    for (index, name) in names.enumerated() {
      if index < values.count, case .library(let library) = values[index] {
        declare(name, .library(library))
      } else {
        declare(name)
      }
    }
  }

  private mutating func expressionStatement() {
    let (first, _) = suffixedExpression(asTarget: true)
    guard current.isSymbol("=") || current.isSymbol(",") else {
      // A call; what it is called on has been read already.
      return
    }
    var targets = [first]
    while takeSymbol(",") { targets.append(suffixedExpression(asTarget: true).target) }
    _ = takeSymbol("=")
    let values = expressions()
    for (index, target) in targets.enumerated() {
      assign(target, index < values.count ? values[index] : .other)
    }
  }

  private mutating func assign(_ target: Target, _ value: Value) {
    switch target {
    case .local(let name): scope.reassign(name)
    case .global(let name, _):
      use.writes.insert(name)
      // `goroutine = require("goroutine")` changes nothing; anything else hides the library.
      if libraries.contains(name), value != .library(name) { use.replacedLibraries.insert(name) }
    case .field(let library, let name): use.addedFields.insert("\(library).\(name)")
    case .other: break
    }
  }

  // MARK: Expressions

  @discardableResult
  private mutating func expressions() -> [Value] {
    var values = [expression()]
    while takeSymbol(",") { values.append(expression()) }
    return values
  }

  private static let binaryOperators: Set<String> = [
    "+", "-", "*", "/", "//", "%", "^", "..", "<", "<=", ">", ">=", "==", "~=", "&", "|", "~", "<<", ">>",
  ]

  // Precedence does not matter for names: operands in a row, operators between them.
  @discardableResult
  private mutating func expression() -> Value {
    var value = operand()
    while true {
      if current.kind == .symbol, Self.binaryOperators.contains(current.text) {
        position += 1
      } else if !takeKeyword("and") && !takeKeyword("or") {
        return value
      }
      operand()
      value = .other
    }
  }

  @discardableResult
  private mutating func operand() -> Value {
    var isPlain = true
    while current.isKeyword("not") || current.isSymbol("-") || current.isSymbol("#") || current.isSymbol("~")
    {
      isPlain = false
      position += 1
    }
    switch current.kind {
    case .name: break
    case .symbol where current.isSymbol("("): break
    case .symbol where current.isSymbol("{"):
      table()
      return .other
    case .keyword where current.isKeyword("function"):
      position += 1
      functionBody()
      return .other
    case .string, .number, .keyword, .symbol, .end:
      // A literal, `nil`, `true`, `...`: one token. An `end` here can only be damage, and stays.
      if !atBlockEnd && !current.isSymbol(")") && !current.isSymbol("}") { position += 1 }
      return .other
    }
    let value = suffixedExpression(asTarget: false).value
    return isPlain ? value : .other
  }

  private mutating func table() {
    _ = takeSymbol("{")
    while !current.isSymbol("}"), current.kind != .end {
      let before = position
      if takeSymbol("[") {
        expression()
        _ = takeSymbol("]")
        _ = takeSymbol("=")
      } else if current.kind == .name, peek(1).isSymbol("=") {
        position += 2
      }
      expression()
      _ = takeSymbol(",") || takeSymbol(";")
      if position == before { position += 1 }
    }
    _ = takeSymbol("}")
  }

  /// A name or a parenthesis with its fields, indices and calls.
  private mutating func suffixedExpression(asTarget: Bool) -> (target: Target, value: Value) {
    let start = position
    guard let name = takeName() else {
      if takeSymbol("(") {
        expression()
        _ = takeSymbol(")")
      }
      while suffix() != nil {}
      return (.other, .other)
    }
    let library = library(named: name.text)
    // A name alone: an assignment's target, a library's table, or a plain read.
    guard startsSuffix else {
      let assigned = asTarget && (current.isSymbol("=") || current.isSymbol(","))
      if assigned { return (target(name), .other) }
      if isProbe(from: start) { probe(name) } else { read(name) }
      return (.other, library.map(Value.library) ?? .other)
    }
    if isGlobal("_G", name) { return globalTable(asTarget: asTarget) }
    if let library { return libraryAccess(library, name, from: start, asTarget: asTarget) }
    return (.other, access(name))
  }

  /// Suffixes behind an ordinary name, with the calls that matter: `require`, `type` and `pcall`.
  private mutating func access(_ name: LuaToken) -> Value {
    let isGlobalName = scope.find(name.text) == nil
    if isGlobalName { noteCall(of: name) }
    read(name)
    var value = Value.other
    if isGlobalName, name.text == "require", let module = literalArgument {
      if guards == 0 { use.requires.append(NameUse.Read(name: module, line: name.line)) }
      if libraries.contains(module) { value = .library(module) }
    }
    let guarded = isGlobalName && ["pcall", "xpcall"].contains(name.text)
    if guarded { guards += 1 }
    var count = 0
    while suffix() != nil { count += 1 }
    if guarded { guards -= 1 }
    return count == 1 ? value : .other
  }

  private mutating func noteCall(of name: LuaToken) {
    switch name.text {
    case "setfenv", "dofile", "loadfile": use.isDynamic = true
    case "type", "tostring", "rawequal":
      // `type(name)` asks whether there is such a name.
      if current.isSymbol("("), peek(1).kind == .name, peek(2).isSymbol(")"), scope.find(peek(1).text) == nil
      {
        use.probes.insert(peek(1).text)
      }
    default: break
    }
  }

  /// The string in `("text")` or `"text"` ahead.
  private var literalArgument: String? {
    if current.kind == .string { return current.text }
    return current.isSymbol("(") && peek(1).kind == .string && peek(2).isSymbol(")") ? peek(1).text : nil
  }

  /// `_G.name` and `_G["name"]` read or write a global; any other use of `_G` may do anything.
  private mutating func globalTable(asTarget: Bool) -> (target: Target, value: Value) {
    let line = current.line
    guard let field = suffix() else { return (.other, .other) }
    if startsSuffix {
      while suffix() != nil {}
      if case .named(let name) = field { use.probes.insert(name) }
      return (.other, .other)
    }
    let assigned = asTarget && (current.isSymbol("=") || current.isSymbol(","))
    switch field {
    case .named(let name) where assigned: return (.global(name, line: line), .other)
    case .named(let name): use.probes.insert(name)
    case .other where assigned: use.isDynamic = true
    case .other: break
    }
    return (.other, .other)
  }

  private mutating func libraryAccess(
    _ library: String, _ name: LuaToken, from start: Int, asTarget: Bool
  ) -> (target: Target, value: Value) {
    let line = peek(1).line
    let isField = current.isSymbol(".") || current.isSymbol("[")
    read(name)
    guard case .named(let field)? = suffix(), isField else {
      while suffix() != nil {}
      return (.other, .other)
    }
    if !startsSuffix {
      if asTarget && (current.isSymbol("=") || current.isSymbol(",")) {
        return (.field(library: library, name: field), .other)
      }
      if isProbe(from: start) {
        use.addedFields.insert("\(library).\(field)")
        return (.other, .other)
      }
    }
    use.fields.append(NameUse.FieldRead(library: library, name: field, line: line))
    while suffix() != nil {}
    return (.other, .other)
  }

  private enum Suffix {
    /// `.name`, `["name"]` or `:name(…)`.
    case named(String)
    case other
  }

  private var startsSuffix: Bool {
    switch current.kind {
    case .string: true
    case .symbol: [".", "[", ":", "(", "{"].contains(current.text)
    default: false
    }
  }

  /// Reads one field, index or call.
  private mutating func suffix() -> Suffix? {
    guard startsSuffix else { return nil }
    if current.kind == .string {
      position += 1
      return .other
    }
    switch current.text {
    case ".":
      position += 1
      return takeName().map { .named($0.text) } ?? .other
    case ":":
      position += 1
      let name = takeName()
      if startsSuffix { _ = suffix() }
      return name.map { .named($0.text) } ?? .other
    case "[":
      position += 1
      let literal = current.kind == .string && peek(1).isSymbol("]") ? current.text : nil
      expression()
      _ = takeSymbol("]")
      return literal.map { .named($0) } ?? .other
    case "(":
      position += 1
      if !current.isSymbol(")") { expressions() }
      _ = takeSymbol(")")
      return .other
    default:
      table()
      return .other
    }
  }

  // MARK: Names

  private mutating func declare(_ name: String, _ local: LuaScope.Local = .variable) {
    scope.declare(name, local)
    use.locals.insert(name)
    if name == "_ENV" { use.isDynamic = true }
  }

  private func isGlobal(_ text: String, _ name: LuaToken) -> Bool {
    name.text == text && scope.find(text) == nil
  }

  private func library(named name: String) -> String? {
    switch scope.find(name) {
    case .library(let library)?: library
    case .variable?: nil
    case nil: libraries.contains(name) ? name : nil
    }
  }

  private func target(_ name: LuaToken) -> Target {
    scope.find(name.text) == nil ? .global(name.text, line: name.line) : .local(name.text)
  }

  private mutating func read(_ name: LuaToken) {
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

  private mutating func probe(_ name: LuaToken) {
    if scope.find(name.text) == nil { use.probes.insert(name.text) }
  }

  /// Whether the operand from `start` to here is only asked for: `x and`, `x or`, `not x`, `if x then`,
  /// `x == nil`.
  private func isProbe(from start: Int) -> Bool {
    if current.isKeyword("and") || current.isKeyword("or") { return true }
    if current.isSymbol("==") || current.isSymbol("~="), peek(1).isKeyword("nil") { return true }
    let before = start > 0 ? tokens[start - 1] : nil
    if before?.isKeyword("not") == true { return true }
    return current.isKeyword("then")
      && before.map { ["if", "elseif", "and", "or"].contains($0.text) } == true
  }
}
