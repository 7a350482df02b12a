import RevoadaLua

/// What a command said about one attempt.
public struct CommandOutcome: Sendable, Hashable {
  /// Whether the attempt succeeded.
  public var success: Bool
  /// The command's own words, if any.
  public var message: String?
  /// What it hands to its dependants.
  public var outputs: LuaValue

  /// An outcome; without outputs, dependants see an empty table.
  public init(success: Bool, message: String? = nil, outputs: LuaValue = .nil) {
    self.success = success
    self.message = message
    self.outputs = outputs
  }
}

/// How a task ended.
public enum TaskStatus: Sendable, Hashable {
  /// An attempt succeeded.
  case succeeded
  /// The last attempt failed.
  case failed
  /// It never ran, because of a task it depends on or because the workflow had failed before.
  case skipped
  /// The run was cancelled, or ran out of time, before it ended.
  case cancelled

  /// The word scripts see.
  public var word: String {
    switch self {
    case .succeeded: "success"
    case .failed: "failed"
    case .skipped: "skipped"
    case .cancelled: "cancelled"
    }
  }
}

/// The end of one task.
public struct TaskResult: Sendable {
  /// The task's name.
  public var name: String
  /// How it ended.
  public var status: TaskStatus
  /// Why, or what the command said.
  public var message: String?
  /// The error behind a failure, when the command raised one.
  public var error: LuaError?
  /// What it hands to its dependants.
  public var outputs: LuaValue = .nil
  /// Attempts made.
  public var attempts = 0
  /// From the first attempt's start to the last one's end, waits included.
  public var duration: Duration = .zero

  /// A result; outputs, attempts and duration are filled in by whoever ran the task.
  public init(name: String, status: TaskStatus, message: String? = nil, error: LuaError? = nil) {
    self.name = name
    self.status = status
    self.message = message
    self.error = error
  }
}
