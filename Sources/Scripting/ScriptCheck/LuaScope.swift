/// The local variables visible at a point of the source.
struct LuaScope {
  enum Local: Hashable {
    case variable
    /// A variable that holds a library: `local go = require("goroutine")`.
    case library(String)
  }

  private var blocks: [[String: Local]] = [[:]]

  mutating func open() { blocks.append([:]) }

  mutating func close() { if blocks.count > 1 { blocks.removeLast() } }

  mutating func declare(_ name: String, _ local: Local = .variable) { blocks[blocks.count - 1][name] = local }

  /// Forgets that a variable held a library: it has been assigned something else.
  mutating func reassign(_ name: String) {
    for index in blocks.indices.reversed() where blocks[index][name] != nil {
      blocks[index][name] = .variable
      return
    }
  }

  func find(_ name: String) -> Local? {
    for block in blocks.reversed() {
      if let local = block[name] { return local }
    }
    return nil
  }
}
