import LuaShim
import Synchronization

/// A call from Swift into an isolate: the continuation to resume, exactly once, and the goroutine.
///
/// `@unchecked Sendable`: `goroutine` is touched in the isolate's turn only.
final class HostCall: @unchecked Sendable {
  private let continuation = Mutex<CheckedContinuation<[LuaValue], any Error>?>(nil)
  private let isCancelled = Atomic<Bool>(false)
  var goroutine: UInt64 = 0
  let name: String
  /// Whether a Swift object made the call for the script: such a call does not keep the run alive.
  let isCallback: Bool

  init(name: String, isCallback: Bool) {
    self.name = name
    self.isCallback = isCallback
  }

  func begin(_ continuation: CheckedContinuation<[LuaValue], any Error>) {
    self.continuation.withLock { $0 = continuation }
  }

  func cancel() { isCancelled.store(true, ordering: .releasing) }
  var wasCancelled: Bool { isCancelled.load(ordering: .acquiring) }

  func finish(_ result: Result<[LuaValue], any Error>) {
    let waiting = continuation.withLock { continuation in
      defer { continuation = nil }
      return continuation
    }
    waiting?.resume(with: result)
  }
}

extension Isolate {
  /// Runs a function as a new goroutine of this isolate and waits for its results.
  ///
  /// Cancelling the Swift task kills the goroutine; the error then has the kind `cancelled`. `name` is
  /// what reports call the goroutine. A function of another isolate is refused.
  public func call(_ function: LuaFunction, _ arguments: [LuaValue] = [], name: String? = nil) async throws
    -> [LuaValue]
  {
    guard function.isolate === self else {
      throw LuaError(.argument, "a function can be called in its own isolate only")
    }
    return try await call(function, arguments, results: RV_HOST, name: name ?? "call from Swift")
  }

  private func call(
    _ function: LuaFunction, _ arguments: [LuaValue], results: rv_mode, name: String, isCallback: Bool = false
  ) async throws -> [LuaValue] {
    let parcel = Parcel(ValueBuffer.make(arguments, for: self))
    return try await perform(name: name, isCallback: isCallback) { isolate, message in
      rv_spawn_reference(
        isolate.state, function.holder.reference, parcel.take(), results, &message, message.count)
    }
  }

  /// Calls a function that a script gave to a Swift object, as a goroutine of the isolate it lives in.
  ///
  /// Its arguments are opaque, see ``SwiftObject``. Cancelling the Swift task kills the goroutine.
  static func callBack(
    _ function: LuaFunction, _ arguments: [LuaValue], results: rv_mode, name: String
  ) async throws -> [LuaValue] {
    let isolate = function.isolate
    return try await isolate.call(
      function, try await arguments.carried(to: isolate), results: results, name: name, isCallback: true)
  }

  /// Loads a chunk and runs it as a goroutine; `arguments` are its `...`, and `arg` when it is a file.
  func run(chunk source: [UInt8], chunkName: String, arguments: [LuaValue]) async throws -> [LuaValue] {
    let parcel = Parcel(ValueBuffer.make(arguments, for: self))
    return try await perform(name: "main", errorKind: .syntax) { isolate, message in
      let setUp = RuntimePrelude.scriptArguments
      if rv_prelude(
        isolate.state, setUp, setUp.utf8.count, "=(revoada) arguments", nil, &message, message.count) != 0
      {
        return 0
      }
      return source.withUnsafeBytes { bytes in
        bytes.withMemoryRebound(to: CChar.self) { text in
          var empty: CChar = 0
          return withUnsafeMutablePointer(to: &empty) { fallback in
            rv_spawn_chunk(
              isolate.state, text.baseAddress ?? UnsafePointer(fallback), text.count, chunkName,
              parcel.take(), &message, message.count)
          }
        }
      }
    }
  }

  private func perform(
    name: String, errorKind: LuaError.Kind = .runtime, isCallback: Bool = false,
    _ spawn: @escaping @Sendable (Isolate, inout [CChar]) -> UInt64
  ) async throws -> [LuaValue] {
    let call = HostCall(name: name, isCallback: isCallback)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        call.begin(continuation)
        if isCallback, rv_is_turning(state) != 0 {
          start(call, errorKind, spawn)
          return
        }
        let posted = post { isolate in isolate.start(call, errorKind, spawn) }
        if !posted { call.finish(.failure(core.endError)) }
      }
    } onCancel: {
      call.cancel()
      postKill { call.goroutine }
    }
  }

  private func start(
    _ call: HostCall, _ errorKind: LuaError.Kind, _ spawn: (Isolate, inout [CChar]) -> UInt64
  ) {
    if call.wasCancelled {
      call.finish(.failure(LuaError(.cancelled, "\(call.name) was cancelled")))
      return
    }
    if let startupError {
      call.finish(.failure(startupError))
      return
    }
    if rv_is_doomed(state) != 0 {
      call.finish(.failure(core.memoryError))
      return
    }
    var message = [CChar](repeating: 0, count: 1024)
    call.goroutine = spawn(self, &message)
    guard call.goroutine != 0 else {
      call.finish(.failure(LuaError(errorKind, LuaString(cString: message).text)))
      return
    }
    core.calls.insert(call, on: self)
    watch(call.goroutine) { [self] end in
      core.calls.remove(call)
      switch end {
      case .results(let buffer):
        defer { rv_buffer_free(buffer) }
        var reader = ValueReader(buffer, self)
        call.finish(Result { try reader.values() })
      case .failure(let error):
        let isCancelled = error.kind == .killed && call.wasCancelled
        call.finish(.failure(isCancelled ? LuaError(.cancelled, "\(call.name) was cancelled") : error))
      }
    }
  }

  /// Calls back, once, when a goroutine that Swift spawned ends.
  ///
  /// Turn only.
  func watch(_ goroutine: UInt64, _ body: @escaping (GoroutineEnd) -> Void) { watchers[goroutine] = body }

  /// Ends every wait of Swift for this isolate.
  ///
  /// Turn only.
  func failAll(_ error: LuaError) {
    let waiting = watchers.values
    watchers = [:]
    for watcher in waiting { watcher(.failure(error)) }
  }
}
