import RevoadaLua

/// Runs the script's side of a task.
///
/// The runner above it knows nothing of Lua's calls.
protocol TaskBody: Sendable {
  /// Runs one attempt of the task's command. Cancelling the Swift task must end it soon.
  func attempt(_ task: TaskDefinition, _ context: TaskContext) async throws -> CommandOutcome
  /// Calls the task's hook for its result, if it has one.
  func hook(_ task: TaskDefinition, _ context: TaskContext, _ result: TaskResult) async throws
  /// Runs `body` while time passes in Swift that the script's scheduler cannot see.
  func waiting<T: Sendable>(_ body: () async throws -> T) async rethrows -> T
}

/// What a command gets to know about its own run.
struct TaskContext: Sendable {
  /// The attempt, counted from 1.
  var attempt: Int
  /// The outputs of the task's dependencies, by name.
  var outputs: [String: LuaValue]
}

/// Something worth telling a person who watches the run.
public enum TaskEvent: Sendable {
  /// A task's first attempt starts.
  case started(TaskDefinition)
  /// An attempt failed, and another follows after the wait.
  case retrying(TaskDefinition, attempt: Int, message: String, wait: Duration)
  /// A task ended, or was skipped.
  case ended(TaskDefinition, TaskResult)
  /// A hook failed; the task's result stands.
  case hookFailed(TaskDefinition, hook: String, message: String)
  /// A workflow starts.
  case workflowStarted(WorkflowDefinition)
  /// A workflow's own function failed.
  case workflowHookFailed(WorkflowDefinition, hook: String, message: String)
  /// A workflow ended.
  case workflowEnded(WorkflowDefinition, success: Bool, duration: Duration)
  /// Something that is no error but probably not meant.
  case warning(ScriptPlace, String)
}
