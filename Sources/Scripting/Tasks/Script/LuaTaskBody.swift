import RevoadaLua

/// Runs commands and hooks as goroutines of the isolate that declared them.
struct LuaTaskBody: TaskBody {
  let runtime: LuaRuntime

  func attempt(_ task: TaskDefinition, _ context: TaskContext) async throws -> CommandOutcome {
    guard let command = task.command else { return CommandOutcome(success: true) }
    let values = try await command.isolate.call(command, Self.arguments(task, context), name: task.name)
    return CommandOutcome(returned: values)
  }

  func hook(_ task: TaskDefinition, _ context: TaskContext, _ result: TaskResult) async throws {
    let this = Self.arguments(task, context)[0]
    switch result.status {
    case .succeeded:
      guard let hook = task.onSuccess else { return }
      let outputs = result.outputs.isNil ? .table(LuaTable()) : result.outputs
      let message = result.message.map(LuaValue.string) ?? .nil
      _ = try await hook.isolate.call(hook, [this, outputs, message], name: "\(task.name) on_success")
    case .failed:
      guard let hook = task.onFailure else { return }
      _ = try await hook.isolate.call(
        hook, [this, .string(result.message ?? "failed")], name: "\(task.name) on_failure")
    case .skipped, .cancelled:
      break
    }
  }

  func waiting<T: Sendable>(_ body: () async throws -> T) async rethrows -> T {
    try await runtime.externalWork(body)
  }

  /// `this` and `params`: the task about itself, and the outputs of its dependencies by their names.
  private static func arguments(_ task: TaskDefinition, _ context: TaskContext) -> [LuaValue] {
    let outputs = LuaValue.table(LuaTable(context.outputs))
    var this = LuaTable(["name": .string(task.name), "attempt": .integer(Int64(context.attempt))])
    this["description"] = task.summary.map(LuaValue.string) ?? .nil
    this["outputs"] = outputs
    return [.table(this), outputs]
  }
}

extension CommandOutcome {
  /// Reads what a command returned: `true/false[, message[, outputs]]`.
  ///
  /// Nothing, or a lone `nil`, is a success: most commands have no `return`. `nil, message` is the failure
  /// that Lua's own libraries report. A table in the first place is taken for the outputs.
  init(returned values: [LuaValue]) {
    let first = values.first ?? .nil
    let second = values.count > 1 ? values[1] : .nil
    let third = values.count > 2 ? values[2] : .nil
    let message = second.isNil ? nil : second.shown
    switch first {
    case .nil: self.init(success: second.isNil, message: message, outputs: third)
    case .bool(let success): self.init(success: success, message: message, outputs: third)
    case .table: self.init(success: true, message: message, outputs: first)
    case .string(let text): self.init(success: true, message: text.text, outputs: second)
    default: self.init(success: true, message: message, outputs: third)
    }
  }
}
