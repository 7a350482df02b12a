import RevoadaSpelling

/// The tasks of one run and who waits for whom: checked, acyclic, in a stable order.
public struct TaskGraph: Sendable {
  /// One task with the names it waits for.
  public struct Node: Sendable, Hashable {
    /// The task's name.
    public var name: String
    /// What it waits for.
    public var dependencies: [String]
    /// Where it was defined.
    public var place: ScriptPlace

    /// A node as a task's definition gives it.
    public init(name: String, dependencies: [String], place: ScriptPlace) {
      self.name = name
      self.dependencies = dependencies
      self.place = place
    }
  }

  /// The names in an order in which every task follows its dependencies; ties stay as defined.
  public let order: [String]
  /// What each task waits for, without repetitions.
  public let dependencies: [String: [String]]
  /// Who waits for each task.
  public let dependants: [String: [String]]

  /// Checks and orders the tasks.
  ///
  /// - Throws: ``TaskGraphError`` for a duplicate, an unknown dependency or a cycle, named in full.
  public init(_ nodes: [Node]) throws(TaskGraphError) {
    var byName: [String: Node] = [:]
    for node in nodes {
      if let first = byName[node.name] {
        throw .duplicate(name: node.name, place: node.place, first: first.place)
      }
      byName[node.name] = node
    }
    var dependencies: [String: [String]] = [:]
    var dependants: [String: [String]] = [:]
    for node in nodes {
      var seen: Set<String> = []
      let wanted = node.dependencies.filter { seen.insert($0).inserted }
      for name in wanted {
        guard byName[name] != nil else {
          throw .unknownDependency(
            of: node.name, dependency: name, place: node.place,
            suggestion: Spelling.closest(to: name, among: byName.keys))
        }
        dependants[name, default: []].append(node.name)
      }
      dependencies[node.name] = wanted
    }
    self.dependencies = dependencies
    self.dependants = dependants
    order = try Self.sort(nodes, dependencies)
  }

  /// The named tasks and everything they need.
  public func closure(of names: [String]) -> Set<String> {
    var reached: Set<String> = []
    var pending = names
    while let name = pending.popLast() {
      if reached.insert(name).inserted { pending.append(contentsOf: dependencies[name] ?? []) }
    }
    return reached
  }

  // Depth first with an explicit path: the path is what a cycle's message needs, and a chain of
  // many thousand tasks must not exhaust the stack.
  private static func sort(
    _ nodes: [Node], _ dependencies: [String: [String]]
  ) throws(TaskGraphError) -> [String] {
    enum Mark { case onPath, done }
    var marks: [String: Mark] = [:]
    var order: [String] = []
    let places = Dictionary(uniqueKeysWithValues: nodes.map { ($0.name, $0.place) })
    for root in nodes where marks[root.name] == nil {
      var path: [(name: String, next: Int)] = [(root.name, 0)]
      marks[root.name] = .onPath
      while let top = path.last {
        let wanted = dependencies[top.name] ?? []
        guard top.next < wanted.count else {
          marks[top.name] = .done
          order.append(top.name)
          path.removeLast()
          continue
        }
        path[path.count - 1].next += 1
        let name = wanted[top.next]
        switch marks[name] {
        case .done: break
        case .onPath:
          let start = path.firstIndex { $0.name == name } ?? 0
          let cycle = path[start...].map(\.name) + [name]
          throw .cycle(path: cycle, place: places[name] ?? root.place)
        case nil:
          marks[name] = .onPath
          path.append((name, 0))
        }
      }
    }
    return order
  }
}
