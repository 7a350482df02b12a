import RevoadaLua
import RevoadaObservability

/// The libraries that every script finds: `log`, `exec`, `fs`, `http`, `json`, `time`, `crypto`.
///
/// What can be expected to fail (a missing file, a host that does not answer) is `nil, message`. A misuse,
/// such as a number where a path belongs, is a Lua error at the script's line.
public enum ScriptModules {
  /// All libraries.
  ///
  /// - Parameters:
  ///   - clock: what `time.now_ms` reads; the runtime's own, so that both agree under virtual time.
  ///   - logging: how `log` writes its lines.
  public static func all(
    clock: any IsolateClock = SystemClock(),
    logging: StructuredLogging = StructuredLogging()
  ) -> [LuaModule] {
    [
      LogModule.make(logging), ExecModule.make(), FileSystemModule.make(), HTTPModule.make(),
      JSONModule.make(), TimeModule.make(clock: clock), CryptoModule.make(),
    ]
  }

  /// Waits for the programs that `exec.run` has started and that are being ended with their goroutines.
  ///
  /// Call it after the runtime's shutdown: a process that ended before would leave them behind.
  public static func programsEnded() async { await RunningPrograms.shared.ended() }
}
