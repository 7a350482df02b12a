import Synchronization

/// How a ``LuaRuntime`` is set up.
public struct LuaRuntimeConfiguration: Sendable {
  /// The default memory limit of an isolate: 512 MiB.
  public static let defaultMemoryLimit = 512 << 20

  /// Libraries that every isolate gets, besides Lua's own and `goroutine`.
  public var modules: [LuaModule] = []

  /// The most memory one isolate may use, in bytes.
  ///
  /// An allocation beyond it is a Lua error; an isolate that keeps running into it is stopped.
  public var memoryLimit = LuaRuntimeConfiguration.defaultMemoryLimit

  /// How many isolates run isolated goroutines; they are made when first needed.
  public var isolates = ProcessorCount.online

  /// Receives what scripts print.
  ///
  /// Called from the isolates' tasks, one call per `print` or `io.write`.
  public var output: @Sendable (LuaString) -> Void = StandardOutput.write

  /// Receives, once each, the errors of goroutines that nobody awaited.
  public var report: @Sendable (UnhandledError) -> Void = UnhandledError.writeToStandardError

  /// What time it is, and how to be woken later.
  ///
  /// Tests inject a clock that they advance by hand.
  public var clock: any IsolateClock = SystemClock()

  /// The defaults.
  public init() {}
}

/// The error of a goroutine whose result nobody awaited.
public struct UnhandledError: Sendable {
  /// What went wrong.
  public var error: LuaError
  /// Where the goroutine was spawned, as `file.lua:12`.
  public var spawnSite: String

  static func writeToStandardError(_ unhandled: UnhandledError) {
    StandardError.write(
      LuaString("\(unhandled.error.message)\n  in a goroutine spawned at \(unhandled.spawnSite)\n"))
  }
}
