extension WaitGraph {
  /// A part of those who are stuck that waits for nobody else: a cycle, several that share members, or a single one that
  /// waits for somebody who has gone.
  struct Core: Sendable {
    let members: [WaiterID]
    /// The members, and everybody who waits for one of them.
    let dependents: [WaiterID]
  }

  /// All such parts. Every stuck waiter depends on at least one.
  func cores(of stuck: Set<WaiterID>) -> [Core] {
    let edges = Dictionary(uniqueKeysWithValues: stuck.map { ($0, blockers(of: $0, among: stuck)) })
    let components = Self.components(edges)
    var component: [WaiterID: Int] = [:]
    for (index, members) in components.enumerated() { for member in members { component[member] = index } }
    var waitingFor: [WaiterID: [WaiterID]] = [:]
    for (id, blockers) in edges { for blocker in blockers { waitingFor[blocker, default: []].append(id) } }
    return components.enumerated().compactMap { index, members in
      let isFinal = members.allSatisfy { edges[$0]!.allSatisfy { component[$0] == index } }
      if !isFinal { return nil }
      return Core(members: members.sorted(), dependents: Self.reachable(from: members, waitingFor).sorted())
    }.sorted { $0.members[0] < $1.members[0] }
  }

  /// A shortest cycle through the first member of a core; that member alone if it waits for nobody.
  func cycle(in core: Core, among stuck: Set<WaiterID>) -> [WaiterID] {
    let start = core.members[0]
    var cameFrom: [WaiterID: WaiterID] = [:]
    var queue = [start]
    var head = 0
    while head < queue.count {
      let id = queue[head]
      head += 1
      for next in blockers(of: id, among: stuck) {
        if next == start {
          var path = [id]
          while let previous = cameFrom[path[path.count - 1]] { path.append(previous) }
          return path.reversed()
        }
        if cameFrom[next] == nil {
          cameFrom[next] = id
          queue.append(next)
        }
      }
    }
    return [start]
  }

  private static func reachable(from start: [WaiterID], _ edges: [WaiterID: [WaiterID]]) -> Set<WaiterID> {
    var found = Set(start)
    var rest = start
    while let id = rest.popLast() {
      for next in edges[id] ?? [] where found.insert(next).inserted { rest.append(next) }
    }
    return found
  }

  /// Strongly connected components, after Tarjan (1972); without recursion, for cycles of any length.
  private static func components(_ edges: [WaiterID: [WaiterID]]) -> [[WaiterID]] {
    var components: [[WaiterID]] = []
    var order: [WaiterID: Int] = [:]
    var low: [WaiterID: Int] = [:]
    var open: [WaiterID] = []
    var isOpen: Set<WaiterID> = []
    for root in edges.keys where order[root] == nil {
      var path: [(id: WaiterID, next: Int)] = []
      func enter(_ id: WaiterID) {
        order[id] = order.count
        low[id] = order[id]
        open.append(id)
        isOpen.insert(id)
        path.append((id, 0))
      }
      enter(root)
      while let (id, next) = path.last {
        let targets = edges[id]!
        if next < targets.count {
          path[path.count - 1].next += 1
          let target = targets[next]
          if order[target] == nil {
            enter(target)
          } else if isOpen.contains(target) {
            low[id] = min(low[id]!, order[target]!)
          }
          continue
        }
        path.removeLast()
        if let parent = path.last { low[parent.id] = min(low[parent.id]!, low[id]!) }
        guard low[id] == order[id] else { continue }
        var component: [WaiterID] = []
        repeat {
          component.append(open.removeLast())
          isOpen.remove(component[component.count - 1])
        } while component[component.count - 1] != id
        components.append(component)
      }
    }
    return components
  }
}
