import RevoadaLua
import Synchronization
import Testing

/// Runs scripts in a runtime of their own, and keeps what they print and what goes unawaited.
///
/// Scripts get a module `t`: `eq(got, want, what)` and `fails(fn, part)`.
final class Script: Sendable {
  let runtime: LuaRuntime
  private let printed: Mutex<String>
  private let unhandled: Mutex<[UnhandledError]>

  init(
    clock: any IsolateClock = VirtualClock(), modules: [LuaModule] = [], isolates: Int = 2,
    memoryLimit: Int = LuaRuntimeConfiguration.defaultMemoryLimit
  ) {
    let sink = Sink()
    var configuration = LuaRuntimeConfiguration()
    configuration.clock = clock
    configuration.modules = [Script.assertions] + modules
    configuration.isolates = isolates
    configuration.memoryLimit = memoryLimit
    configuration.output = { text in sink.script?.printed.withLock { $0 += text.text } }
    configuration.report = { error in sink.script?.unhandled.withLock { $0.append(error) } }
    printed = Mutex("")
    unhandled = Mutex([])
    runtime = LuaRuntime(configuration)
    sink.attach(self)
  }

  /// The runtime's closures exist before the script that they write to.
  private final class Sink: Sendable {
    private struct Weak: Sendable { weak var script: Script? }
    private let target = Mutex(Weak())
    var script: Script? { target.withLock { $0.script } }
    func attach(_ script: Script) { target.withLock { $0.script = script } }
  }

  var output: String { printed.withLock { $0 } }
  var reports: [UnhandledError] { unhandled.withLock { $0 } }

  /// Runs a chunk named `script.lua` to its end, without shutting down.
  @discardableResult
  func main(_ source: String) async throws -> [LuaValue] {
    try await runtime.run(source: source, name: "script.lua")
  }

  /// Runs a chunk and shuts down.
  @discardableResult
  func run(_ source: String) async throws -> [LuaValue] {
    do {
      let results = try await main(source)
      await runtime.shutdown()
      return results
    } catch {
      await runtime.shutdown()
      throw error
    }
  }

  /// The error a chunk ends with.
  func error(_ source: String, sourceLocation: SourceLocation = #_sourceLocation) async -> LuaError {
    do {
      let results = try await run(source)
      Issue.record("no error, but \(results)", sourceLocation: sourceLocation)
    } catch let error as LuaError {
      return error
    } catch {
      Issue.record("\(error)", sourceLocation: sourceLocation)
    }
    return LuaError(.runtime, "")
  }

  private static var assertions: LuaModule {
    var module = LuaModule("t")
    module.prelude(
      #"""
      local t = ...
      function t.eq(got, want, what)
        if got ~= want then
          error(("%s: got %s, want %s"):format(what or "value", tostring(got), tostring(want)), 2)
        end
      end
      function t.fails(fn, part, ...)
        local ok, err = pcall(fn, ...)
        if ok then error("no error with " .. part, 2) end
        if not tostring(err):find(part, 1, true) then
          error(("error %q lacks %q"):format(tostring(err), part), 2)
        end
        return err
      end
      """#, name: "assertions")
    return module
  }
}

/// Runs a script that checks itself, in a fresh runtime.
func check(
  _ source: String, clock: any IsolateClock = VirtualClock(), modules: [LuaModule] = [],
  sourceLocation: SourceLocation = #_sourceLocation
) async {
  do {
    try await Script(clock: clock, modules: modules).run(source)
  } catch let error as LuaError {
    Issue.record("\(error.message)\n\(error.traceback ?? "")", sourceLocation: sourceLocation)
  } catch {
    Issue.record("\(error)", sourceLocation: sourceLocation)
  }
}
