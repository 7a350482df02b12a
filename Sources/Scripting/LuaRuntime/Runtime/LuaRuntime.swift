/// Runs Lua scripts: a main isolate for the script itself, and a pool of isolates for isolated work.
public final class LuaRuntime: Sendable {
  /// The isolate that runs the script's main chunk.
  public var main: Isolate { fatalError("being written") }

  /// A runtime with the given set-up. Isolates start with the first run.
  public init(_ configuration: LuaRuntimeConfiguration) { fatalError("being written") }

  /// Runs a file as the goroutine "main" and gives the results of its chunk.
  ///
  /// Goroutines it left behind go on until ``shutdown()``; functions it gave to Swift stay callable.
  public func run(file path: String, arguments: [String] = []) async throws -> [LuaValue] {
    fatalError("being written")
  }

  /// Runs source text; `name` stands for the file in messages.
  public func run(source: String, name: String) async throws -> [LuaValue] { fatalError("being written") }

  /// Marks work outside of the isolates that may still wake a goroutine, so that waiting for it is no deadlock.
  public func externalWork<T>(_ body: () async throws -> T) async rethrows -> T {
    fatalError("being written")
  }

  /// Cancels what still runs and frees the isolates.
  public func shutdown() async { fatalError("being written") }
}
