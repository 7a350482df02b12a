/// One Lua universe: goroutines in it share variables and run one at a time.
public final class Isolate: Sendable {
  /// Runs a function as a new goroutine of this isolate and waits for its results.
  ///
  /// Cancelling the Swift task kills the goroutine.
  public func call(_ function: LuaFunction, _ arguments: [LuaValue] = [], name: String? = nil) async throws
    -> [LuaValue]
  {
    fatalError("being written")
  }

  func releaseLater(_ reference: Int32) { fatalError("being written") }
}
