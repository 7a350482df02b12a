import RevoadaSpelling
import RevoadaLua

/// Runs what a script declared, after its main chunk has returned.
///
/// Workflows run one after the other in the order of their definition, each with its own tasks and
/// whatever those depend on. Built tasks that no workflow reaches run last, together. A task that two
/// workflows list runs in both.
public struct TaskSession: Sendable {
  /// `--task` named a task that the script does not define.
  public struct UnknownTask: Error, Sendable, CustomStringConvertible {
    /// The name asked for.
    public var name: String
    /// The names there are.
    public var known: [String]

    /// The name, a suggestion when one is near, and all there is to choose from.
    public var description: String {
      let hint = Spelling.closest(to: name, among: known).map { " (did you mean '\($0)'?)" } ?? ""
      let list =
        known.isEmpty ? "the script defines no tasks" : "known tasks: " + known.joined(separator: ", ")
      return "unknown task '\(name)'\(hint); \(list)"
    }
  }

  private let registry: TaskRegistry
  private let body: any TaskBody
  private let clock: any Clock<Duration>
  private let observer: @Sendable (TaskEvent) -> Void

  /// A session over a registry that a run of `runtime` has filled.
  public init(
    _ registry: TaskRegistry, runtime: LuaRuntime, clock: any Clock<Duration> = ContinuousClock(),
    observer: @escaping @Sendable (TaskEvent) -> Void
  ) {
    self.init(registry, body: LuaTaskBody(runtime: runtime), clock: clock, observer: observer)
  }

  init(
    _ registry: TaskRegistry, body: any TaskBody, clock: any Clock<Duration>,
    observer: @escaping @Sendable (TaskEvent) -> Void
  ) {
    self.registry = registry
    self.body = body
    self.clock = clock
    self.observer = observer
  }

  /// Runs everything, or one task with its dependencies, and says whether all of it succeeded.
  ///
  /// - Throws: ``UnknownTask``; ``TaskGraphError`` before anything has run; `CancellationError` when the
  ///   Swift task was cancelled; the ``LuaError`` of a script that called `os.exit`.
  public func run(only name: String? = nil) async throws -> Bool {
    let contents = registry.snapshot()
    for warning in contents.warnings { observer(.warning(warning.place, warning.text)) }
    let names = contents.tasks.map(\.name)
    if let name, !names.contains(name) { throw UnknownTask(name: name, known: names) }
    let graph = try TaskGraph(
      contents.tasks.map { TaskGraph.Node(name: $0.name, dependencies: $0.dependencies, place: $0.place) })
    let definitions = Dictionary(uniqueKeysWithValues: contents.tasks.map { ($0.name, $0) })
    let runner = TaskRunner(
      definitions: definitions, graph: graph, body: body, clock: clock, observer: observer)

    if let name {
      let wanted = graph.closure(of: [name])
      try refuseAgents(wanted, definitions, graph)
      return try await succeeded(runner.run(wanted))
    }

    try refuseAgents(Set(names), definitions, graph)
    for workflow in contents.workflows {
      for task in workflow.tasks where definitions[task] == nil {
        throw TaskGraphError.unknownTask(
          workflow: workflow.name, task: task, place: workflow.place,
          suggestion: Spelling.closest(to: task, among: names))
      }
    }
    var success = true
    var reached: Set<String> = []
    for workflow in contents.workflows {
      let wanted = graph.closure(of: workflow.tasks)
      reached.formUnion(wanted)
      success = try await run(workflow, wanted, runner) && success
    }
    let loose = graph.closure(of: names.filter { !reached.contains($0) })
    if !loose.isEmpty { success = try await succeeded(runner.run(loose)) && success }
    return success
  }

  private func refuseAgents(
    _ wanted: Set<String>, _ definitions: [String: TaskDefinition], _ graph: TaskGraph
  ) throws(TaskGraphError) {
    for name in graph.order where wanted.contains(name) {
      guard let task = definitions[name], let agent = task.agent else { continue }
      throw .unknownAgent(task: name, agent: agent, place: task.place)
    }
  }

  private func succeeded(_ results: [String: TaskResult]) throws -> Bool {
    try Task.checkCancellation()
    return results.values.allSatisfy { $0.status == .succeeded }
  }

  private func run(
    _ workflow: WorkflowDefinition, _ wanted: Set<String>, _ runner: TaskRunner
  ) async throws -> Bool {
    try Task.checkCancellation()
    let timer = Stopwatch(clock)
    observer(.workflowStarted(workflow))
    var success = try await start(workflow)
    if success {
      let results = try await runner.run(wanted, workflow.configuration)
      success = try succeeded(results)
      success = try await complete(workflow, success, results) && success
    }
    observer(.workflowEnded(workflow, success: success, duration: timer.elapsed))
    return success
  }

  private func start(_ workflow: WorkflowDefinition) async throws -> Bool {
    guard let function = workflow.onStart else { return true }
    let values = try await call(function, [], workflow, "on_start")
    guard let values else { return false }
    let outcome = CommandOutcome(returned: values)
    if !outcome.success {
      observer(.workflowHookFailed(workflow, hook: "on_start", message: outcome.message ?? "returned false"))
    }
    return outcome.success
  }

  private func complete(
    _ workflow: WorkflowDefinition, _ success: Bool, _ results: [String: TaskResult]
  ) async throws -> Bool {
    guard let function = workflow.onComplete else { return true }
    let table = LuaTable(results.mapValues { .table($0.table) })
    return try await call(function, [.bool(success), .table(table)], workflow, "on_complete") != nil
  }

  /// The function's results; `nil` after an error, which has been reported.
  private func call(
    _ function: LuaFunction, _ arguments: [LuaValue], _ workflow: WorkflowDefinition, _ hook: String
  ) async throws -> [LuaValue]? {
    do {
      return try await function.isolate.call(function, arguments, name: "\(workflow.name) \(hook)")
    } catch {
      try Task.checkCancellation()
      if let error = error as? LuaError, case .exit = error.kind { throw error }
      observer(.workflowHookFailed(workflow, hook: hook, message: String(describing: error)))
      return nil
    }
  }
}

extension TaskResult {
  /// What `on_complete` sees of a task.
  var table: LuaTable {
    var table = LuaTable([
      "success": .bool(status == .succeeded), "status": .string(status.word),
      "attempts": .integer(Int64(attempts)), "duration_ms": .number(duration.milliseconds),
    ])
    table["message"] = message.map(LuaValue.string) ?? .nil
    table["outputs"] = outputs
    return table
  }
}
