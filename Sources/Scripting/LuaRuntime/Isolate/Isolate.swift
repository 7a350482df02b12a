import LuaShim
import Revoada
import Synchronization

/// One Lua universe: goroutines in it share variables, and one of them runs at a time.
///
/// `@unchecked Sendable`: the Lua state and everything marked "turn only" belong to the isolate's turn,
/// which one task at a time takes; the inbox has a lock.
public final class Isolate: @unchecked Sendable {
  let core: RuntimeCore
  /// Unique in the process; what a graph of waits calls the isolate.
  let number = Isolate.last.add(1, ordering: .relaxed).newValue
  private static let last = Atomic<UInt64>(0)
  /// Turn only, but for the calls of the shim that say otherwise.
  private(set) var state: OpaquePointer
  let inbox = Inbox()
  let executor: IsolateExecutor
  /// How many isolated goroutines run here; the pool picks the isolate with the fewest.
  let isolatedCalls = Atomic<Int>(0)

  // Turn only.
  var watchers: [UInt64: (GoroutineEnd) -> Void] = [:]
  var tasks: [UInt64: Task<Void, Never>] = [:]
  /// Calls of Swift objects that goroutines wait for.
  var hosted: [UInt64: AnyGoroutine] = [:]
  /// What runs a function in another isolate and waits for it: of the prelude, until the isolate is closed.
  var callIsolated: LuaFunction?
  /// The timer that stands for Swift's.
  var swiftTimer: (deadline: UInt64, identifier: UInt64)?
  /// Those that run.
  var detectors: [LuaDeadlockDetector] = []
  var timers: [UInt64: @Sendable () -> Void] = [:]
  var nextTimer: UInt64 = 0
  var armedDeadline: UInt64?
  /// What the libraries' own Lua source failed with, if it did.
  private(set) var startupError: LuaError?

  private let pump = Mutex<Task<Void, Never>?>(nil)

  init(core: RuntimeCore) {
    self.core = core
    executor = IsolateExecutor(inbox, clock: core.configuration.clock)
    state = OpaquePointer(bitPattern: 1)!  // replaced below; the callbacks need `self` first
    var callbacks = Isolate.callbacks
    guard
      let state = rv_isolate_new(
        Unmanaged.passUnretained(self).toOpaque(), &callbacks, core.configuration.memoryLimit)
    else { preconditionFailure("no memory for an isolate") }
    self.state = state
    inbox.isolate = self
    loadLibraries()
    core.busy.enter()
    pump.withLock { $0 = Task.detached { [self] in await run() } }
  }

  /// The isolate's monotonic time in nanoseconds: virtual when the runtime's clock is.
  public var now: UInt64 { core.configuration.clock.now }

  /// Ends every goroutine and frees the Lua state.
  func stop() async {
    postStop { $0.isStopping = true }
    await pump.withLock { $0 }?.value
  }

  /// Turn only: the pump ends after this turn.
  var isStopping = false

  // MARK: Libraries

  private func loadLibraries() {
    for kind in ObjectKind.all where kind.identifier != SharedChannel.kind.identifier {
      rv_class_define(state, kind.identifier, kind.name)
      for method in kind.methods {
        rv_class_method(state, kind.identifier, method.name, method.number, method.signature)
      }
    }
    for (index, function) in core.library.functions.enumerated() {
      rv_function_define(
        state, function.module, function.field, Int32(index), function.isIsolated ? 1 : 0)
    }
    for prelude in core.library.preludes {
      var message = [CChar](repeating: 0, count: 512)
      let source = Array(prelude.source.utf8CString)
      let failed = rv_prelude(
        state, source, source.count - 1, prelude.chunkName, prelude.module, &message, message.count)
      if failed != 0, startupError == nil {
        startupError = LuaError(.syntax, LuaString(cString: message).text)
      }
    }
    rv_seal(state)
  }
}

/// How a goroutine that Swift waits for ended.
enum GoroutineEnd {
  case results(ValueBuffer)
  case failure(LuaError)
}
