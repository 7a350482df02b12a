import RevoadaLua

// The tables that the prelude registers. It has checked what a script wrote; what does not fit here is
// a fault of the prelude, and still gets a message rather than a trap.

extension TaskDefinition {
  init(registration table: LuaTable) throws {
    guard let name = table["name"].text else { throw DeclarationError("a task needs a name") }
    self.init(name: name, place: ScriptPlace(registration: table["place"]))
    summary = table["description"].text
    dependencies = table["depends_on"].tableValue?.array.compactMap(\.text) ?? []
    timeout = table["timeout"].milliseconds
    agent = table["agent"].text
    command = table["command"].functionValue
    onSuccess = table["on_success"].functionValue
    onFailure = table["on_failure"].functionValue
    if let retries = table["retries"].tableValue, case .integer(let count) = retries["count"] {
      var plan = RetryPlan(
        retries: Int(count), strategy: retries["strategy"].text.flatMap(RetryPlan.Strategy.init))
      if let delay = retries["delay"].milliseconds { plan.delay = delay }
      if let longest = retries["max_delay"].milliseconds { plan.maximumDelay = longest }
      retry = plan
    }
  }
}

extension WorkflowDefinition {
  init(registration table: LuaTable) throws {
    guard let name = table["name"].text else { throw DeclarationError("a workflow needs a name") }
    self.init(name: name, place: ScriptPlace(registration: table["place"]))
    summary = table["description"].text
    version = table["version"].text
    tasks = table["tasks"].tableValue?.array.compactMap(\.text) ?? []
    onStart = table["on_start"].functionValue
    onComplete = table["on_complete"].functionValue
    guard let config = table["config"].tableValue else { return }
    configuration.timeout = config["timeout"].milliseconds
    configuration.failFast = config["fail_fast"].isTruthy
    configuration.retryStrategy = config["retry_policy"].text.flatMap(RetryPlan.Strategy.init)
    if case .integer(let limit) = config["max_parallel_tasks"] { configuration.maxParallelTasks = Int(limit) }
  }
}

extension ScriptPlace {
  init(registration value: LuaValue) {
    let table = value.tableValue
    var line = 0
    if case .integer(let number)? = table?["line"] { line = Int(number) }
    self.init(file: table?["file"].text ?? "?", line: line)
  }
}

extension LuaValue {
  var text: String? { if case .string(let string) = self { string.text } else { nil } }
  var tableValue: LuaTable? { if case .table(let table) = self { table } else { nil } }
  var functionValue: LuaFunction? { if case .function(let function) = self { function } else { nil } }

  /// A number of milliseconds as a duration.
  var milliseconds: Duration? {
    switch self {
    case .integer(let count): DurationText.milliseconds(Double(count))
    case .number(let count): DurationText.milliseconds(count)
    default: nil
    }
  }

  /// How a message shows a value that should have been a text.
  var shown: String {
    switch self {
    case .nil: "nil"
    case .bool(let flag): String(flag)
    case .integer(let number): String(number)
    case .number(let number): String(number)
    case .string(let string): string.text
    case .table(let table): table["message"].text ?? "a table"
    case .function: "a function"
    case .handle(let handle): "a \(handle.typeName)"
    }
  }
}
