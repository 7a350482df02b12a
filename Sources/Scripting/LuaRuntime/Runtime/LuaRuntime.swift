import LuaShim

/// Runs Lua scripts: a main isolate for the script itself, and a pool of isolates for isolated work.
///
/// What scripts see is Lua 5.4 without bytecode chunks, `__gc` and the parts of `debug` that could break
/// the runtime, with the names of 5.1 added. A goroutine that computes gives way every few milliseconds, at
/// the start of a line or the turn of a loop. It cannot give way inside a C function: a callback of
/// `table.sort` or `string.gsub` cannot block (a clear error), and a call such as `io.read`, `os.execute` or
/// `string.find` with a pathological pattern holds its isolate, and one worker, until it returns.
///
/// A plain script is `run`, then `shutdown`. In between, functions that the script handed to Swift can be
/// called by ``Isolate/call(_:_:name:)``.
public final class LuaRuntime: Sendable {
  /// The isolate that runs the script's main chunk.
  public let main: Isolate

  let core: RuntimeCore

  /// A runtime with the given set-up.
  public init(_ configuration: LuaRuntimeConfiguration = LuaRuntimeConfiguration()) {
    core = RuntimeCore(configuration)
    main = core.makeIsolate()
  }

  /// Runs a file as the goroutine "main" and gives the results of its chunk.
  ///
  /// Suspends until the main chunk ends. Goroutines it left behind go on until ``shutdown()``. Throws
  /// ``LuaError``: `syntax` also for a file that cannot be read, `deadlock` when every goroutine waits for
  /// ever, `exit` when the script called `os.exit`. Cancelling the task kills the main goroutine.
  public func run(file path: String, arguments: [String] = []) async throws -> [LuaValue] {
    let source = try SourceFile.read(path)
    core.script.withLock { $0 = Script(path: path, arguments: arguments) }
    return try await main.run(
      chunk: source, chunkName: "@" + path, arguments: arguments.map { .string($0) })
  }

  /// Runs source text; `name` stands for the file in messages.
  public func run(source: String, name: String) async throws -> [LuaValue] {
    try await main.run(
      chunk: SourceFile.withoutHashBang(Array(source.utf8)), chunkName: "@" + name, arguments: [])
  }

  /// Marks work outside of the isolates that may still wake a goroutine or call into one.
  ///
  /// While it runs, goroutines that all wait are no deadlock. Native functions need no such mark.
  public func externalWork<T>(_ body: () async throws -> T) async rethrows -> T {
    core.busy.enter()
    defer { if core.busy.leave() { core.checkForDeadlock() } }
    return try await body()
  }

  /// Says of each goroutine that waits, in any isolate, what it waits for and where it was spawned.
  ///
  /// When all that was to be done is done, these are the leaks. Such as
  /// `goroutine 7 waits to receive from channel "jobs" at script.lua:3, spawned at script.lua:2`.
  public func waitingGoroutines() async -> [String] {
    await withCheckedContinuation { continuation in
      core.sampleWaits { waits in continuation.resume(returning: waits.map(\.sentence)) }
    }
  }

  /// Kills what still runs, cancels native calls, reports errors nobody awaited, and frees the isolates.
  ///
  /// Calls under way end with an error of the kind `killed`, or `exit` after `os.exit`.
  public func shutdown() async {
    for isolate in core.close() { await isolate.stop() }
  }

  deinit {
    let left = core.close()
    if !left.isEmpty { Task.detached { for isolate in left { await isolate.stop() } } }
  }
}
