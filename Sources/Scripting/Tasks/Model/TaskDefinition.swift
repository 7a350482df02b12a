import RevoadaLua

/// A task as the script declared it.
public struct TaskDefinition: Sendable {
  /// The name, unique in a run.
  public var name: String
  /// What it does, for people.
  public var summary: String?
  /// Where the script declared it.
  public var place: ScriptPlace
  /// Names of the tasks that must have succeeded before.
  public var dependencies: [String] = []
  /// The longest time of one attempt.
  public var timeout: Duration?
  /// Further tries after a failure; `nil` leaves the choice to the workflow.
  public var retry: RetryPlan?
  /// The agent that should run it.
  public var agent: String?
  /// What it runs; a task without a command only joins its dependencies.
  public var command: LuaFunction?
  /// Called with the task and its outputs after a success.
  public var onSuccess: LuaFunction?
  /// Called with the task and the message after a failure.
  public var onFailure: LuaFunction?

  /// A task with a name and a place, everything else unset.
  public init(name: String, place: ScriptPlace) {
    self.name = name
    self.place = place
  }
}

/// A workflow as the script declared it: a set of tasks that run together.
public struct WorkflowDefinition: Sendable {
  /// The name, unique in a script.
  public var name: String
  /// Where the script declared it.
  public var place: ScriptPlace
  /// What it does, for people.
  public var summary: String?
  /// The script's own version text.
  public var version: String?
  /// Names of its tasks.
  public var tasks: [String] = []
  /// How they run.
  public var configuration = WorkflowConfiguration()
  /// Called before the first task; `false` or an error stops the workflow.
  public var onStart: LuaFunction?
  /// Called with `success, results` after the last task.
  public var onComplete: LuaFunction?

  /// A workflow with a name and a place, everything else unset.
  public init(name: String, place: ScriptPlace) {
    self.name = name
    self.place = place
  }
}

/// A workflow's `config`.
public struct WorkflowConfiguration: Sendable, Hashable {
  /// The longest time of the whole workflow.
  public var timeout: Duration?
  /// How many tasks run at once; no limit when `nil`.
  public var maxParallelTasks: Int?
  /// After the first failure nothing more is started.
  public var failFast = false
  /// The strategy of tasks that ask for retries without naming one.
  public var retryStrategy: RetryPlan.Strategy?

  /// No limits.
  public init() {}
}
