extension NameResolver {
  private static let blockEnds: Set<String> = ["end", "else", "elseif", "until"]

  mutating func block() {
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

  var atBlockEnd: Bool {
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

  mutating func functionBody(isMethod: Bool = false) {
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

  mutating func assign(_ target: Target, _ value: Value) {
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
}
