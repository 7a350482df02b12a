import LuaShim
import Synchronization

/// What the isolates of one runtime share.
final class RuntimeCore: Sendable {
  let configuration: LuaRuntimeConfiguration
  let library: Library
  let busy = Activity()
  let calls = HostCalls()
  let script = Mutex(Script())

  private struct State {
    var isolates: [Isolate] = []
    var pool: [Isolate] = []
    var exitCode: Int32?
    var isClosed = false
  }
  private let state = Mutex(State())

  init(_ configuration: LuaRuntimeConfiguration) {
    self.configuration = configuration
    library = Library(configuration.modules)
  }

  // MARK: Isolates

  func makeIsolate() -> Isolate {
    let isolate = Isolate(core: self)
    state.withLock { $0.isolates.append(isolate) }
    return isolate
  }

  var isolates: [Isolate] { state.withLock { $0.isolates } }

  /// The isolate for the next isolated goroutine: the least loaded one; a new one while there may be more.
  func pickIsolate() -> Isolate {
    let (candidate, mayGrow) = state.withLock { state in
      let least = state.pool.min {
        $0.isolatedCalls.load(ordering: .relaxed) < $1.isolatedCalls.load(ordering: .relaxed)
      }
      return (least, state.pool.count < max(1, configuration.isolates))
    }
    if let candidate, !mayGrow || candidate.isolatedCalls.load(ordering: .relaxed) == 0 { return candidate }
    let isolate = makeIsolate()
    state.withLock { $0.pool.append(isolate) }
    return isolate
  }

  func close() -> [Isolate] {
    state.withLock { state in
      state.isClosed = true
      defer {
        state.isolates = []
        state.pool = []
      }
      return state.isolates
    }
  }

  // MARK: The end of a run

  /// `os.exit`: every call from Swift ends with this code.
  func exit(_ code: Int32) {
    state.withLock { if $0.exitCode == nil { $0.exitCode = code } }
    for isolate in isolates {
      isolate.postStop { isolate in
        rv_stop(isolate.state)
        isolate.failAll(isolate.core.endError)
      }
    }
  }

  var hasExited: Bool { state.withLock { $0.exitCode != nil } }

  /// Why calls end that the end of the run cuts short.
  var endError: LuaError {
    if let code = state.withLock({ $0.exitCode }) {
      return LuaError(.exit(code), "the script called os.exit(\(code))")
    }
    return LuaError(.killed, "the runtime was shut down")
  }

  var memoryError: LuaError {
    let limit = configuration.memoryLimit
    let text = limit % (1 << 20) == 0 ? "\(limit >> 20) MiB" : "\(limit) bytes"
    return LuaError(.memory, "not enough memory: the isolate reached its limit of \(text)")
  }
}

/// The script that runs: where `require` looks, and what `arg` holds.
struct Script: Sendable {
  var path: String?
  var arguments: [String] = []

  /// The folder of the script, for modules beside it.
  var directory: String {
    guard let path, let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}

/// Counts what may still make something happen: running isolates, timers, native calls.
final class Activity: Sendable {
  private let count = Atomic<Int>(0)

  func enter() { count.wrappingAdd(1, ordering: .acquiringAndReleasing) }

  /// True when nothing is left.
  @discardableResult
  func leave() -> Bool { count.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 }

  var isQuiet: Bool { count.load(ordering: .acquiring) == 0 }
}
