/// Which tasks may start, and when: the state of one run, without any clock or concurrency of its own.
///
/// Each task goes from waiting to running to ended, or from waiting straight to skipped or cancelled.
/// Every mutation returns what its caller has to do; nothing is returned twice.
struct TaskRun {
  enum Action: Hashable {
    /// Start this task; report its end by ``TaskRun/ended(_:_:)``.
    case start(String)
    /// This task will not run, for the reason given.
    case skip(String, reason: String)
    /// This task will not run: the run was cancelled.
    case cancel(String)
  }

  private enum State: Hashable {
    case waiting(missing: Int)
    case running
    case ended(TaskStatus)
  }

  private let graph: TaskGraph
  private let order: [String]
  private let limit: Int
  private let failFast: Bool
  private var states: [String: State] = [:]
  private var running = 0
  private var waiting: Int
  private var stopped = false

  /// A run of the given tasks; `tasks` must contain the dependencies of each of its members.
  init(_ graph: TaskGraph, tasks: Set<String>, limit: Int? = nil, failFast: Bool = false) {
    self.graph = graph
    self.limit = max(1, limit ?? .max)
    self.failFast = failFast
    order = graph.order.filter(tasks.contains)
    waiting = order.count
    for name in order { states[name] = .waiting(missing: graph.dependencies[name]?.count ?? 0) }
  }

  /// True when every task has ended.
  var isOver: Bool { waiting == 0 && running == 0 }

  /// The first tasks to start.
  mutating func begin() -> [Action] { startReady() }

  /// Records a task's end and says what follows from it.
  mutating func ended(_ name: String, _ status: TaskStatus) -> [Action] {
    guard states[name] == .running else { return [] }
    states[name] = .ended(status)
    running -= 1
    var actions: [Action] = []
    if status == .succeeded {
      for dependant in graph.dependants[name] ?? [] {
        if case .waiting(let missing) = states[dependant] {
          states[dependant] = .waiting(missing: missing - 1)
        }
      }
    } else {
      skipDependants(of: name, &actions)
      if failFast { skipRest(reason: "'\(name)' \(status.word)", &actions) }
    }
    return actions + startReady()
  }

  /// Nothing more starts; tasks that run are left to report their end.
  mutating func cancel() -> [Action] {
    stopped = true
    var actions: [Action] = []
    for name in order {
      guard case .waiting = states[name] else { continue }
      end(name, .cancelled)
      actions.append(.cancel(name))
    }
    return actions
  }

  private mutating func startReady() -> [Action] {
    var actions: [Action] = []
    // One pass is enough: starting a task makes no other one ready.
    for name in order where running < limit && !stopped {
      guard states[name] == .waiting(missing: 0) else { continue }
      states[name] = .running
      running += 1
      waiting -= 1
      actions.append(.start(name))
    }
    return actions
  }

  private mutating func skipDependants(of name: String, _ actions: inout [Action]) {
    var pending = [name]
    while !pending.isEmpty {
      let cause = pending.removeFirst()
      for dependant in graph.dependants[cause] ?? [] {
        guard case .waiting = states[dependant] else { continue }
        end(dependant, .skipped)
        let word = cause == name ? "did not succeed" : "was skipped"
        actions.append(.skip(dependant, reason: "'\(cause)' \(word)"))
        pending.append(dependant)
      }
    }
  }

  private mutating func skipRest(reason: String, _ actions: inout [Action]) {
    for name in order {
      guard case .waiting = states[name] else { continue }
      end(name, .skipped)
      actions.append(.skip(name, reason: reason))
    }
  }

  private mutating func end(_ name: String, _ status: TaskStatus) {
    states[name] = .ended(status)
    waiting -= 1
  }
}
