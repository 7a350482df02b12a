import LuaShim

/// A function that runs as a goroutine of another isolate, and the goroutine that waits for it here.
final class IsolatedCall: SharedObject, @unchecked Sendable {
  private enum State {
    case running
    case finished(rv_outcome, ValueBuffer?)
  }

  private let target: Isolate
  private var state = State.running
  private var waiter: Waiter?
  private var isAbandoned = false
  /// Touched by the target's turn only.
  private var goroutine: UInt64 = 0

  /// Sends encoded values, the function first, to an isolate of the pool.
  init(_ values: ValueBuffer, on target: Isolate) {
    self.target = target
    super.init()
    let parcel = Parcel(values)
    target.isolatedCalls.wrappingAdd(1, ordering: .relaxed)
    let posted = target.post { [self] isolate in start(parcel.take(), isolate) }
    if !posted { finish(RV_RAISE, ValueBuffer.make([.string("the runtime was shut down")])) }
  }

  deinit {
    if case .finished(_, let value?) = state { value.discard() }
  }

  static let kind = ObjectKind(9, "isolated call", [("wait", 1, "")])
  override var kind: ObjectKind { Self.kind }

  override func invoke(
    _ method: Int32, _ call: UnsafeMutablePointer<rv_invocation>, _ caller: Caller
  ) -> rv_outcome {
    locked {
      guard case .finished(let outcome, let value) = state else {
        guard caller.canWait else { return call.cannotWait(self) }
        waiter = caller.waiter
        return RV_PENDING
      }
      state = .finished(RV_NONE, nil)
      call.pointee.value = value
      return outcome
    }
  }

  /// Nobody waits any more: the goroutine over there is killed.
  override func cancel(_ isolate: Isolate, _ goroutine: UInt64) {
    locked {
      waiter = nil
      isAbandoned = true
    }
    target.postKill { [self] in self.goroutine }
  }

  private func start(_ values: ValueBuffer, _ isolate: Isolate) {
    if locked({ isAbandoned }) {
      values.discard()
      finish(RV_RAISE, nil)
      return
    }
    var message = [CChar](repeating: 0, count: 512)
    goroutine = rv_spawn_buffer(isolate.state, values, &message, message.count)
    if goroutine == 0 {
      finish(RV_RAISE, ValueBuffer.make([.string(LuaString(cString: message))]))
    } else {
      isolate.watch(goroutine) { [self] end in
        switch end {
        case .results(let values): finish(RV_VALUES, values)
        case .failure(let error): finish(RV_RAISE, ValueBuffer.make([.string(error.message)]))
        }
      }
    }
  }

  private func finish(_ outcome: rv_outcome, _ value: ValueBuffer?) {
    target.isolatedCalls.wrappingSubtract(1, ordering: .relaxed)
    rv_lock_acquire(lock)
    let waiter = waiter
    self.waiter = nil
    if waiter == nil { state = .finished(outcome, value) } else { state = .finished(RV_NONE, nil) }
    rv_lock_release(lock)
    if let waiter { Wake(waiter: waiter, outcome: outcome, value: value).perform(on: self) }
  }
}
