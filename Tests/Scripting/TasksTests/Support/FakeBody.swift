import RevoadaLua
import Synchronization

@testable import RevoadaTasks

/// Commands written in Swift, and a record of what ran.
final class FakeBody: TaskBody {
  typealias Command = @Sendable (TaskContext) async throws -> CommandOutcome

  private struct State {
    var events: [String] = []
    var running = 0
    var peak = 0
  }

  private let commands: [String: Command]
  private let hooks: [String: @Sendable (TaskResult) throws -> Void]
  private let state = Mutex(State())

  init(_ commands: [String: Command] = [:], hooks: [String: @Sendable (TaskResult) throws -> Void] = [:]) {
    self.commands = commands
    self.hooks = hooks
  }

  var events: [String] { state.withLock { $0.events } }
  /// The most commands that ran at once.
  var peak: Int { state.withLock { $0.peak } }

  func attempt(_ task: TaskDefinition, _ context: TaskContext) async throws -> CommandOutcome {
    state.withLock { state in
      state.events.append("\(task.name)#\(context.attempt)")
      state.running += 1
      state.peak = max(state.peak, state.running)
    }
    defer { state.withLock { $0.running -= 1 } }
    return try await commands[task.name]?(context) ?? CommandOutcome(success: true)
  }

  func hook(_ task: TaskDefinition, _ context: TaskContext, _ result: TaskResult) async throws {
    state.withLock { $0.events.append("\(task.name) \(result.status.word)") }
    try hooks[task.name]?(result)
  }

  func waiting<T: Sendable>(_ body: () async throws -> T) async rethrows -> T { try await body() }
}

/// Waits for ever, until it is cancelled.
func waitForCancellation() async throws {
  let stream = AsyncStream<Never> { _ in }
  for await _ in stream {}
  try Task.checkCancellation()
}

extension TaskDefinition {
  /// A task at some line of `test.lua`.
  static func make(
    _ name: String, after dependencies: [String] = [], line: Int = 1, retry: RetryPlan? = nil,
    timeout: Duration? = nil
  ) -> TaskDefinition {
    var task = TaskDefinition(name: name, place: ScriptPlace(file: "test.lua", line: line))
    task.dependencies = dependencies
    task.retry = retry
    task.timeout = timeout
    return task
  }
}

extension TaskGraph {
  init(_ tasks: [TaskDefinition]) throws {
    try self.init(tasks.map { Node(name: $0.name, dependencies: $0.dependencies, place: $0.place) })
  }
}
