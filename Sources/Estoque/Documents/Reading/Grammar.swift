/// Which elements are read, and where they may stand. All others are skipped without a look inside.
///
/// A tree in flat arrays: reading an element is a search among the few children of its parent.
struct Grammar: Sendable {
  /// A place in the tree; `0` is above all roots.
  typealias Node = Int

  private struct Edge {
    let name: ElementName
    let node: Node
  }

  // Apart from the names, so that looking at one counts no references.
  private struct Entry {
    let element: Element
    let isLeaf: Bool
    var firstEdge = 0
    var endEdge = 0
  }

  private var entries: [Entry] = []
  private var names: [(name: String, label: String)] = []
  private var edges: [Edge] = []

  init(roots: [Branch]) {
    var numbers: [ObjectIdentifier: Node] = [:]
    let top = Branch("", .plain, roots)
    add(top, under: "", &numbers)
  }

  private mutating func add(_ branch: Branch, under parent: String, _ numbers: inout [ObjectIdentifier: Node])
  {
    let node = entries.count
    numbers[ObjectIdentifier(branch)] = node
    let label = parent.isEmpty ? branch.name : parent + "/" + branch.name
    entries.append(Entry(element: branch.element, isLeaf: branch.isValue))
    names.append((branch.name, label))
    for child in branch.children where numbers[ObjectIdentifier(child)] == nil {
      add(child, under: branch.name, &numbers)
    }
    entries[node].firstEdge = edges.count
    edges += branch.children.map {
      Edge(name: ElementName($0.name), node: numbers[ObjectIdentifier($0)] ?? 0)
    }
    entries[node].endEdge = edges.count
  }

  /// The child of `node` with a name.
  func child(of node: Node, named name: ElementName) -> Node? {
    let entry = entries[node]
    for index in entry.firstEdge..<entry.endEdge where edges[index].name == name { return edges[index].node }
    return nil
  }

  /// What a node means.
  func element(_ node: Node) -> Element { entries[node].element }

  /// Whether a node holds a text, and nothing but a text.
  func isLeaf(_ node: Node) -> Bool { entries[node].isLeaf }

  /// An element's name.
  func name(_ node: Node) -> String { names[node].name }

  /// The name of the first place where an element may stand, with its parent's: `prod/qCom`.
  func label(_ element: Element) -> String {
    entries.firstIndex { $0.element == element }.map { names[$0].label } ?? "?"
  }
}

/// A part of the tree while it is written down; the same part may hang in several places.
final class Branch {
  let name: String
  let element: Element
  let children: [Branch]

  init(_ name: String, _ container: Container, _ children: [Branch]) {
    (self.name, element, self.children) = (name, .container(container), children)
  }

  init(_ name: String, _ element: Element) {
    (self.name, self.element, children) = (name, element, [])
  }

  var isValue: Bool { if case .container = element { false } else { true } }
}
