import LuaShim

/// Runs something once.
///
/// The Lua side calls the function; here is who may, and who waits for it.
final class SharedOnce: SharedObject, @unchecked Sendable {
  private enum State { case fresh, running, done }

  private var state = State.fresh
  private var runner: GoroutineID?
  private var queue = WaiterQueue<Void>()

  static let kind = ObjectKind(6, "once", [("begin", 1, ""), ("finish", 2, ""), ("is_done", 3, "")])
  override var kind: ObjectKind { Self.kind }

  override func invoke(
    _ method: Int32, _ call: UnsafeMutablePointer<rv_invocation>, _ caller: Caller
  ) -> rv_outcome {
    switch method {
    case 1: return begin(call, caller)
    case 2:
      finish()
      return RV_NONE
    default: return locked { state == .done } ? RV_TRUE : RV_FALSE
    }
  }

  private func begin(_ call: UnsafeMutablePointer<rv_invocation>, _ caller: Caller) -> rv_outcome {
    locked {
      switch state {
      case .done: return RV_FALSE
      case .fresh:
        state = .running
        runner = caller.id
        return RV_TRUE
      case .running:
        guard caller.canWait else { return call.cannotWait(self) }
        queue.append(caller.waiter, ())
        return RV_PENDING
      }
    }
  }

  private func finish() {
    var waiters = WaiterQueue<Void>()
    locked {
      state = .done
      swap(&waiters, &queue)
    }
    while let next = waiters.popFirst() { Wake(waiter: next.waiter, outcome: RV_FALSE).perform(on: self) }
  }

  override func isServedByCallers(_ waiter: GoroutineID) -> Bool { true }
  override func blockers(of waiter: GoroutineID) -> Blockers? {
    locked { Blockers(runner.map { [$0] } ?? []) }
  }

  override func cancel(_ isolate: Isolate, _ goroutine: UInt64) {
    locked { _ = queue.remove(isolate, goroutine) }
  }
}
