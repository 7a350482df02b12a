import RevoadaLua
import RevoadaObservability
import Synchronization

@testable import RevoadaScriptModules

/// A clock that only tests move.
final class FrozenClock: IsolateClock {
  private let time = Atomic<UInt64>(5_000_000_000)

  var now: UInt64 { time.load(ordering: .relaxed) }

  /// Sleepers wake at once, at their deadline: no test waits.
  func schedule(at deadline: UInt64, _ wake: @escaping @Sendable () -> Void) {
    time.store(max(now, deadline), ordering: .relaxed)
    wake()
  }
}

/// What a script printed and logged, and the error that ended it.
struct ScriptOutcome {
  var printed: [String]
  var logged: [String]
  var error: LuaError?
}

/// Runs a script named `test.lua` with all modules; `directory` is its global `dir`.
func runScript(
  _ source: String, directory: String? = nil, clock: any IsolateClock = SystemClock(),
  logFormat: LogFormat = .text
) async -> ScriptOutcome {
  let printed = Mutex("")
  let logged = Mutex<[String]>([])
  var configuration = LuaRuntimeConfiguration()
  configuration.clock = clock
  let output = LogOutput { line in logged.withLock { $0.append(line) } }
  configuration.modules = ScriptModules.all(
    clock: clock, logging: StructuredLogging(format: logFormat, output: output))
  if let directory {
    var module = LuaModule("test_directory")
    module.function("path") { _ in [.string(directory)] }
    module.prelude("_G.dir = (...).path()", name: "test")
    configuration.modules.append(module)
  }
  configuration.output = { text in printed.withLock { $0 += text.text } }
  let runtime = LuaRuntime(configuration)
  var failure: LuaError?
  do {
    _ = try await runtime.run(source: source, name: "test.lua")
  } catch {
    failure = error as? LuaError ?? LuaError(.runtime, "\(error)")
  }
  await runtime.shutdown()
  return ScriptOutcome(
    printed: printed.withLock { $0 }.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(
      String.init),
    logged: logged.withLock { $0 }, error: failure)
}

/// Runs `body` with a directory that is removed afterwards.
func withDirectory<T>(_ body: (String) async throws -> T) async throws -> T {
  let path = try FileOperations.makeTemporaryDirectory()
  do {
    let result = try await body(path.text)
    try FileOperations.remove(path, recursive: true)
    return result
  } catch {
    try? FileOperations.remove(path, recursive: true)
    throw error
  }
}
