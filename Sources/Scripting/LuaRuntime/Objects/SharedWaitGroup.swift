import LuaShim

/// Counts work that goes on; waiters go on when the count comes back to zero.
final class SharedWaitGroup: SharedObject, @unchecked Sendable {
  private var count: Int64 = 0
  private var queue = WaiterQueue<Void>()

  static let kind = ObjectKind(
    4, "wait_group", [("add", 1, "I"), ("done", 2, ""), ("wait", 3, ""), ("count", 4, "")])
  override var kind: ObjectKind { Self.kind }

  override func invoke(
    _ method: Int32, _ call: UnsafeMutablePointer<rv_invocation>, _ caller: Caller
  ) -> rv_outcome {
    switch method {
    case 1: return add(call.pointee.count > 0 ? call.pointee.first : 1, call)
    case 2: return add(-1, call)
    case 3:
      return locked {
        if count == 0 { return RV_NONE }
        guard caller.canWait else { return call.cannotWait(self) }
        queue.append(caller.waiter, ())
        return RV_PENDING
      }
    default: return call.answer(locked { count })
    }
  }

  private func add(_ delta: Int64, _ call: UnsafeMutablePointer<rv_invocation>) -> rv_outcome {
    rv_lock_acquire(lock)
    let (sum, overflow) = count.addingReportingOverflow(delta)
    if overflow || sum < 0 {
      rv_lock_release(lock)
      return call.fail("negative counter of \(label)")
    }
    count = sum
    guard sum == 0, !queue.isEmpty else {
      rv_lock_release(lock)
      return RV_NONE
    }
    var done = WaiterQueue<Void>()
    swap(&done, &queue)
    rv_lock_release(lock)
    while let next = done.popServed() { Wake(waiter: next.waiter, outcome: RV_NONE).perform(on: self) }
    return RV_NONE
  }

  override func isServedByCallers(_ waiter: GoroutineID) -> Bool { true }

  // MARK: Select

  override func place(_ entry: rv_object_case) throws(SelectRefusal) -> rv_place {
    guard entry.operation == RV_WAIT else { throw SelectRefusal(entry.operation, self) }
    return RV_IN_QUEUE
  }
  override func attempt(_ entry: rv_object_case, _ caller: Caller) -> SelectServing? {
    count == 0 ? SelectServing() : nil
  }
  override func enqueue(_ waiter: Waiter, _ entry: rv_object_case) { queue.append(waiter, ()) }

  override func cancel(_ isolate: Isolate, _ goroutine: UInt64) {
    locked { _ = queue.remove(isolate, goroutine) }
  }
}
