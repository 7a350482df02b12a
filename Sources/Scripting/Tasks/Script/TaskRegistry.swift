import RevoadaLua
import Synchronization

/// Collects what a script declares: built tasks and workflows, in the order of their definition.
public final class TaskRegistry: Sendable {
  struct Contents: Sendable {
    var tasks: [TaskDefinition] = []
    var workflows: [WorkflowDefinition] = []
    var warnings: [(place: ScriptPlace, text: String)] = []
  }

  private let contents = Mutex(Contents())

  /// An empty registry, for one run of one script.
  public init() {}

  /// The globals `task` and `workflow`, filling this registry.
  public var module: LuaModule {
    var module = LuaModule("workflow")
    // The prelude raises what these return, because only it knows how far up the script's own line is.
    module.function("register_task") { [self] call in
      Self.answer { try add(TaskDefinition(registration: try call.table(1))) }
    }
    module.function("register_workflow") { [self] call in
      Self.answer { try add(registration: try call.table(1)) }
    }
    module.function("parse_duration") { call in
      switch call.value(1) {
      case .string(let text): [DurationText.parse(text.text).map { .number($0.milliseconds) } ?? .nil]
      case .integer(let count):
        [DurationText.milliseconds(Double(count)).map { .number($0.milliseconds) } ?? .nil]
      case .number(let count): [DurationText.milliseconds(count).map { .number($0.milliseconds) } ?? .nil]
      default: [.nil]
      }
    }
    module.prelude(TaskPrelude.source, name: TaskPrelude.name)
    return module
  }

  /// True when the script declared neither a task nor a workflow.
  public var isEmpty: Bool { contents.withLock { $0.tasks.isEmpty && $0.workflows.isEmpty } }

  /// The names of the built tasks, in the order of their definition.
  public var taskNames: [String] { contents.withLock { $0.tasks.map(\.name) } }

  /// What has been declared so far.
  func snapshot() -> Contents { contents.withLock { $0 } }

  private func add(_ task: TaskDefinition) throws {
    try contents.withLock { contents in
      if let first = contents.tasks.first(where: { $0.name == task.name }) {
        throw DeclarationError("task '\(task.name)' is already defined at \(first.place)")
      }
      contents.tasks.append(task)
    }
  }

  private func add(registration table: LuaTable) throws {
    let workflow = try WorkflowDefinition(registration: table)
    let unknown = table["config"].tableValue?["unknown"].tableValue?.array.compactMap(\.text) ?? []
    try contents.withLock { contents in
      if let index = contents.workflows.firstIndex(where: { $0.name == workflow.name }) {
        if table["new"].isTruthy {
          let first = contents.workflows[index].place
          throw DeclarationError("workflow '\(workflow.name)' is already defined at \(first)")
        }
        contents.workflows[index] = workflow
      } else {
        contents.workflows.append(workflow)
      }
      for key in unknown {
        let text = "workflow '\(workflow.name)': config '\(key)' is not known and has no effect"
        if !contents.warnings.contains(where: { $0.text == text }) {
          contents.warnings.append((workflow.place, text))
        }
      }
    }
  }

  private static func answer(_ body: () throws -> Void) -> [LuaValue] {
    do {
      try body()
      return []
    } catch {
      return [.string(String(describing: error))]
    }
  }
}

/// A declaration that contradicts an earlier one.
struct DeclarationError: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}
