/// What went wrong in a script, or in the runtime on its behalf.
public struct LuaError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The sort of failure.
  public enum Kind: Sendable, Hashable {
    /// The source text is not Lua, or could not be read as a chunk.
    case syntax
    /// The script raised an error.
    case runtime
    /// The isolate reached its memory limit.
    case memory
    /// The goroutine was killed, or its runtime was shut down.
    case killed
    /// A time limit passed.
    case timedOut
    /// Every goroutine waits for ever.
    case deadlock
    /// The Swift task that waited was cancelled.
    case cancelled
    /// A native function was called with an argument it does not take.
    case argument
    /// The script asked for the end of the run by `os.exit` with this code.
    case exit(Int32)
  }

  /// The sort of failure.
  public var kind: Kind
  /// What happened; starts with `file.lua:3: ` where the position is known.
  public var message: String
  /// The Lua call stack at the point of failure, when there was one.
  public var traceback: String?

  /// An error of the given kind.
  public init(_ kind: Kind = .runtime, _ message: String, traceback: String? = nil) {
    self.kind = kind
    self.message = message
    self.traceback = traceback
  }

  /// The message, without the traceback.
  public var description: String { message }
}
