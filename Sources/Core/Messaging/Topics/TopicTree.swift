/// Values by pattern, and all of them whose patterns stand for a topic: a tree with a level for each part, as in NATS servers.
///
/// Finding costs a look-up for each part and wildcard on the way, however many patterns there are.
struct TopicTree<Value> {
  private struct Node {
    var value: Value?
    var literals: [String: Node] = [:]
    var wildcards: [Bool: Node] = [:]  // true: `>`; in a dictionary, because a struct cannot contain itself

    var isEmpty: Bool { value == nil && literals.isEmpty && wildcards.isEmpty }

    subscript(part: TopicPattern.Part) -> Node? {
      get {
        switch part {
        case .literal(let text): literals[text]
        case .any: wildcards[false]
        case .rest: wildcards[true]
        }
      }
      set {
        switch part {
        case .literal(let text): literals[text] = newValue
        case .any: wildcards[false] = newValue
        case .rest: wildcards[true] = newValue
        }
      }
    }
  }
  private var root = Node()
  /// The number of patterns.
  private(set) var count = 0

  subscript(pattern: TopicPattern) -> Value? {
    get {
      var node = root
      for part in pattern.parts {
        guard let next = node[part] else { return nil }
        node = next
      }
      return node.value
    }
    set {
      let old = Self.set(newValue, at: pattern.parts[...], in: &root)
      count += (newValue == nil ? 0 : 1) - (old == nil ? 0 : 1)
    }
  }

  private static func set(
    _ value: Value?, at parts: ArraySlice<TopicPattern.Part>, in node: inout Node
  ) -> Value? {
    guard let part = parts.first else {
      defer { node.value = value }
      return node.value
    }
    var next = node[part] ?? Node()
    node[part] = nil  // so that there is one owner, and no copy
    let old = set(value, at: parts.dropFirst(), in: &next)
    if !next.isEmpty { node[part] = next }
    return old
  }

  /// The values of all patterns that stand for a topic.
  func matches(_ topic: [String]) -> [Value] {
    var found: [Value] = []
    Self.collect(topic[...], root, &found)
    return found
  }

  private static func collect(_ topic: ArraySlice<String>, _ node: Node, _ found: inout [Value]) {
    guard let part = topic.first else {
      if let value = node.value { found.append(value) }
      return
    }
    if let value = node.wildcards[true]?.value { found.append(value) }
    if let next = node.literals[part] { collect(topic.dropFirst(), next, &found) }
    if let next = node.wildcards[false] { collect(topic.dropFirst(), next, &found) }
  }

  /// All values, in no order.
  var values: [Value] {
    var all: [Value] = []
    func visit(_ node: Node) {
      if let value = node.value { all.append(value) }
      for next in node.literals.values { visit(next) }
      for next in node.wildcards.values { visit(next) }
    }
    visit(root)
    return all
  }
}
