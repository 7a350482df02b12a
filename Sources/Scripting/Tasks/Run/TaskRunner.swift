import RevoadaLua

/// Runs the tasks of one graph: starts what is ready, retries, times out, and calls the hooks.
struct TaskRunner: Sendable {
  let definitions: [String: TaskDefinition]
  let graph: TaskGraph
  let body: any TaskBody
  let clock: any Clock<Duration>
  let observer: @Sendable (TaskEvent) -> Void

  private enum Message: Sendable {
    case ended(TaskResult)
    case exit(LuaError)
    case outOfTime
  }

  /// Runs the given tasks, which must include their dependencies, and gives the result of each.
  ///
  /// Cancelling the Swift task cancels the commands that run; nothing more starts, no hook is called.
  ///
  /// - Throws: the ``LuaError`` of a command that called `os.exit`.
  func run(
    _ names: Set<String>, _ configuration: WorkflowConfiguration = WorkflowConfiguration()
  ) async throws -> [String: TaskResult] {
    var run = TaskRun(
      graph, tasks: names, limit: configuration.maxParallelTasks, failFast: configuration.failFast)
    return try await withThrowingTaskGroup(of: Message.self) { group in
      var results: [String: TaskResult] = [:]
      if let timeout = configuration.timeout {
        group.addTask {
          try? await body.waiting { try await clock.sleep(for: timeout) }
          return .outOfTime
        }
      }
      func perform(_ actions: [TaskRun.Action]) {
        for action in actions {
          switch action {
          case .start(let name):
            guard let task = definitions[name] else { continue }
            let outputs = outputs(for: name, results)
            observer(.started(task))
            group.start { await self.message(for: task, outputs, configuration) }
          case .skip(let name, let reason):
            settle(TaskResult(name: name, status: .skipped, message: reason), &results)
          case .cancel(let name):
            settle(TaskResult(name: name, status: .cancelled), &results)
          }
        }
      }
      perform(run.begin())
      while !run.isOver, let message = try await group.next() {
        switch message {
        case .ended(let result):
          settle(result, &results)
          // First, so that what waits is cancelled rather than skipped for a dependency that was.
          if Task.isCancelled { perform(run.cancel()) }
          perform(run.ended(result.name, result.status))
        case .exit(let error):
          throw error
        case .outOfTime:
          perform(run.cancel())
          group.cancelAll()
        }
      }
      group.cancelAll()
      return results
    }
  }

  private func settle(_ result: TaskResult, _ results: inout [String: TaskResult]) {
    results[result.name] = result
    if let task = definitions[result.name] { observer(.ended(task, result)) }
  }

  private func outputs(for name: String, _ results: [String: TaskResult]) -> [String: LuaValue] {
    var outputs: [String: LuaValue] = [:]
    for dependency in graph.dependencies[name] ?? [] {
      let value = results[dependency]?.outputs ?? .nil
      outputs[dependency] = value.isNil ? .table(LuaTable()) : value
    }
    return outputs
  }

  private func message(
    for task: TaskDefinition, _ outputs: [String: LuaValue], _ configuration: WorkflowConfiguration
  ) async -> Message {
    do {
      return .ended(try await attempts(task, outputs, configuration))
    } catch {
      return .exit(error)
    }
  }

  /// All attempts of one task and its hook; throws only the error of `os.exit`.
  private func attempts(
    _ task: TaskDefinition, _ outputs: [String: LuaValue], _ configuration: WorkflowConfiguration
  ) async throws(LuaError) -> TaskResult {
    var retry = task.retry ?? .none
    if let strategy = configuration.retryStrategy, !retry.namesStrategy { retry.strategy = strategy }
    let timer = Stopwatch(clock)
    var context = TaskContext(attempt: 0, outputs: outputs)
    var result: TaskResult
    repeat {
      context.attempt += 1
      result = try await attempt(task, context)
      result.attempts = context.attempt
      guard result.status == .failed, let wait = retry.wait(beforeRetry: context.attempt) else { break }
      observer(.retrying(task, attempt: context.attempt, message: result.message ?? "failed", wait: wait))
      do {
        try await body.waiting { try await clock.sleep(for: wait) }
      } catch {
        result.status = .cancelled
      }
    } while result.status == .failed
    result.duration = timer.elapsed
    if result.status != .cancelled { try await callHook(task, context, result) }
    return result
  }

  private func attempt(_ task: TaskDefinition, _ context: TaskContext) async throws(LuaError) -> TaskResult {
    do {
      let outcome = try await limited(by: task.timeout) { try await body.attempt(task, context) }
      var result = TaskResult(
        name: task.name, status: outcome.success ? .succeeded : .failed, message: outcome.message)
      result.outputs = outcome.outputs
      return result
    } catch let error as TimedOut {
      return TaskResult(name: task.name, status: .failed, message: error.description)
    } catch {
      if let error = error as? LuaError, case .exit = error.kind { throw error }
      if Task.isCancelled || error is CancellationError {
        return TaskResult(name: task.name, status: .cancelled)
      }
      let failure = error as? LuaError ?? LuaError(.runtime, String(describing: error))
      return TaskResult(name: task.name, status: .failed, message: failure.message, error: failure)
    }
  }

  private func callHook(
    _ task: TaskDefinition, _ context: TaskContext, _ result: TaskResult
  ) async throws(LuaError) {
    do {
      try await body.hook(task, context, result)
    } catch {
      if let error = error as? LuaError, case .exit = error.kind { throw error }
      if Task.isCancelled { return }
      let hook = result.status == .succeeded ? "on_success" : "on_failure"
      observer(.hookFailed(task, hook: hook, message: String(describing: error)))
    }
  }

  private struct TimedOut: Error, CustomStringConvertible {
    var limit: Duration
    var description: String { "timeout exceeded (\(DurationText.format(limit)))" }
  }

  /// Runs `operation`, cancels it when the time is over, and waits until it has ended either way.
  private func limited(
    by limit: Duration?, _ operation: @escaping @Sendable () async throws -> CommandOutcome
  ) async throws -> CommandOutcome {
    guard let limit else { return try await operation() }
    return try await body.waiting {
      try await withThrowingTaskGroup(of: CommandOutcome.self) { group in
        defer { group.cancelAll() }
        group.start { try await operation() }
        group.addTask {
          try await clock.sleep(for: limit)
          throw TimedOut(limit: limit)
        }
        guard let first = try await group.next() else { throw CancellationError() }
        return first
      }
    }
  }
}

extension ThrowingTaskGroup where Failure == any Error {
  /// Adds a child that runs up to its first suspension before this returns, where the system can do that:
  /// goroutines of tasks that become ready together then start in the order of the tasks.
  fileprivate mutating func start(_ operation: @escaping @Sendable () async throws -> ChildTaskResult) {
    if #available(macOS 26, *) {
      addImmediateTask(operation: operation)
    } else {
      addTask(operation: operation)
    }
  }
}

/// Time passed on a clock whose instants have no common type.
struct Stopwatch: Sendable {
  private let read: @Sendable () -> Duration

  init(_ clock: some Clock<Duration>) {
    let start = clock.now
    read = { start.duration(to: clock.now) }
  }

  var elapsed: Duration { read() }
}
