/// Why a set of tasks cannot run.
///
/// The description starts with the place at fault.
public enum TaskGraphError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Two tasks share a name.
  case duplicate(name: String, place: ScriptPlace, first: ScriptPlace)
  /// A task depends on one that nobody defined.
  case unknownDependency(of: String, dependency: String, place: ScriptPlace, suggestion: String?)
  /// Tasks wait for each other; the path starts and ends with the same name.
  case cycle(path: [String], place: ScriptPlace)
  /// A task goes to an agent that nobody registered.
  case unknownAgent(task: String, agent: String, place: ScriptPlace)
  /// A workflow lists a task that nobody defined.
  case unknownTask(workflow: String, task: String, place: ScriptPlace, suggestion: String?)

  /// `file:line: what is wrong`.
  public var description: String {
    switch self {
    case .duplicate(let name, let place, let first):
      "\(place): task '\(name)' is already defined at \(first)"
    case .unknownDependency(let task, let dependency, let place, let suggestion):
      "\(place): task '\(task)' depends on unknown task '\(dependency)'" + Self.hint(suggestion)
    case .cycle(let path, let place):
      "\(place): dependency cycle: " + path.joined(separator: " → ")
    case .unknownAgent(let task, let agent, let place):
      "\(place): task '\(task)' is delegated to unknown agent '\(agent)' (no agents are registered)"
    case .unknownTask(let workflow, let task, let place, let suggestion):
      "\(place): workflow '\(workflow)' lists unknown task '\(task)'" + Self.hint(suggestion)
    }
  }

  private static func hint(_ suggestion: String?) -> String {
    suggestion.map { " (did you mean '\($0)'?)" } ?? ""
  }
}
