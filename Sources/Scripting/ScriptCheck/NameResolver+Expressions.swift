extension NameResolver {
  @discardableResult
  mutating func expressions() -> [Value] {
    var values = [expression()]
    while takeSymbol(",") { values.append(expression()) }
    return values
  }

  private static let binaryOperators: Set<String> = [
    "+", "-", "*", "/", "//", "%", "^", "..", "<", "<=", ">", ">=", "==", "~=", "&", "|", "~", "<<", ">>",
  ]

  // Precedence does not matter for names: operands in a row, operators between them.
  @discardableResult
  mutating func expression() -> Value {
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
  mutating func suffixedExpression(asTarget: Bool) -> (target: Target, value: Value) {
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

  var startsSuffix: Bool {
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
}
