import LuaShim

/// A condition variable with a mutex of its own.
final class SharedCondition: SharedObject, @unchecked Sendable {
  private let mutex: SharedMutex
  private var queue = WaiterQueue<Void>()

  override init(name: String?) {
    mutex = SharedMutex(name: name)
    mutex.escape()  // whoever has the condition gets at it
    super.init(name: name)
  }

  static let kind = ObjectKind(
    5, "cond", [("wait", 1, ""), ("signal", 2, ""), ("broadcast", 3, ""), ("get_mutex", 4, "")])
  override var kind: ObjectKind { Self.kind }

  override func invoke(
    _ method: Int32, _ call: UnsafeMutablePointer<rv_invocation>, _ caller: Caller
  ) -> rv_outcome {
    switch method {
    case 1:
      guard caller.canWait else { return call.cannotWait(self) }
      // Queue first, unlock then: a signal between the two must find the waiter.
      locked { queue.append(caller.waiter, ()) }
      if mutex.release() { return RV_PENDING }
      locked { _ = queue.remove(caller.isolate, caller.goroutine) }
      return call.fail("wait on \(label), whose mutex is not locked (unlock would fail)")
    case 2:
      if let next = locked({ queue.popFirst() }) { relock(next.waiter) }
      return RV_NONE
    case 3:
      var woken = WaiterQueue<Void>()
      locked { swap(&woken, &queue) }
      while let next = woken.popFirst() { relock(next.waiter) }
      return RV_NONE
    default: return call.answer(.handle(LuaHandle(object: mutex)))
    }
  }

  /// A signalled goroutine goes on once it has the mutex again.
  private func relock(_ waiter: Waiter) {
    if mutex.acquire(for: waiter) {
      Wake(waiter: waiter, outcome: RV_NONE, grant: 1).perform(on: mutex)
    }
  }

  /// Not while it waits to get the mutex back, which others may have.
  override func isServedByCallers(_ waiter: GoroutineID) -> Bool { locked { queue.place(of: waiter) != nil } }

  override func place(_ entry: rv_object_case) throws(SelectRefusal) -> rv_place {
    guard entry.operation == RV_WAIT else { throw SelectRefusal(entry.operation, self) }
    throw SelectRefusal(
      "cannot wait: whichever case is chosen, the mutex of \(label) would have to be locked again")
  }

  override func cancel(_ isolate: Isolate, _ goroutine: UInt64) {
    locked { _ = queue.remove(isolate, goroutine) }
    mutex.cancel(isolate, goroutine)
  }
}
