import RevoadaLua
import RevoadaScriptModules
import Synchronization

@testable import RevoadaTasks

/// What a script with tasks did.
struct ScriptOutcome {
  /// What it printed, line by line.
  var printed: [String]
  /// What the reporter told, line by line, without times.
  var reported: [String]
  /// Whether all succeeded; `nil` after an error.
  var success: Bool?
  /// The error that ended the run.
  var error: (any Error)?

  var message: String? { error.map { String(describing: $0) } }
}

/// Runs a script named `tasks.lua` and then what it declared, in this process and without real waits.
func runTasks(_ source: String, only task: String? = nil) async -> ScriptOutcome {
  let printed = Mutex("")
  let reported = Mutex("")
  let registry = TaskRegistry()
  var configuration = LuaRuntimeConfiguration()
  configuration.modules = ScriptModules.all() + [registry.module]
  configuration.output = { text in printed.withLock { $0 += text.text } }
  let runtime = LuaRuntime(configuration)
  let reporter = ProgressReporter { line in reported.withLock { $0 += line } }
  var outcome = ScriptOutcome(printed: [], reported: [])
  do {
    _ = try await runtime.run(source: source, name: "tasks.lua")
    let session = TaskSession(registry, runtime: runtime, clock: ManualClock(skipsWaits: true)) {
      reporter.report($0)
    }
    outcome.success = try await session.run(only: task)
  } catch {
    outcome.error = error
  }
  await runtime.shutdown()
  outcome.printed = printed.withLock { $0 }.split(separator: "\n").map(String.init)
  // Times are those of a clock that skips waits: zero, or what the waits add up to.
  outcome.reported = reported.withLock { $0 }.split(separator: "\n").map(String.init)
  return outcome
}
