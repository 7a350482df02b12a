import LuaShim

/// A mutual exclusion lock.
///
/// Unlocking hands it to the longest waiter, so nobody starves.
final class SharedMutex: SharedObject, @unchecked Sendable {
  private var isLocked = false
  private var holder: GoroutineID?
  private var queue = WaiterQueue<Void>()

  static let kind = ObjectKind(1, "mutex", [("lock", 1, ""), ("unlock", 2, ""), ("try_lock", 3, "")])
  override var kind: ObjectKind { Self.kind }

  override func invoke(
    _ method: Int32, _ call: UnsafeMutablePointer<rv_invocation>, _ caller: Caller
  ) -> rv_outcome {
    switch method {
    case 1: acquire(call, caller)
    case 2: release() ? RV_NONE : call.fail("unlock of \(label), which is not locked")
    default: tryAcquire(caller) ? RV_TRUE : RV_FALSE
    }
  }

  private func acquire(_ call: UnsafeMutablePointer<rv_invocation>, _ caller: Caller) -> rv_outcome {
    rv_lock_acquire(lock)
    defer { rv_lock_release(lock) }
    if take(caller) { return RV_NONE }
    guard caller.canWait else { return call.cannotWait(self) }
    queue.append(caller.waiter, ())
    return RV_PENDING
  }

  private func tryAcquire(_ caller: Caller) -> Bool { locked { take(caller) } }

  private func take(_ caller: Caller) -> Bool {
    if isLocked { return false }
    isLocked = true
    holder = caller.id
    return true
  }

  /// Locks for a goroutine that waits for another object, or queues it.
  ///
  /// True when it has the lock now.
  func acquire(for waiter: Waiter) -> Bool {
    locked {
      if isLocked {
        queue.append(waiter, ())
        return false
      }
      isLocked = true
      holder = waiter.id
      return true
    }
  }

  /// False when the mutex is not locked.
  func release() -> Bool {
    rv_lock_acquire(lock)
    guard isLocked else {
      rv_lock_release(lock)
      return false
    }
    let next = queue.popServed()
    if next == nil { isLocked = false }
    holder = next?.waiter.id
    rv_lock_release(lock)
    if let next { Wake(waiter: next.waiter, outcome: RV_NONE, grant: 1).perform(on: self) }
    return true
  }

  override func cancel(_ isolate: Isolate, _ goroutine: UInt64) {
    locked { _ = queue.remove(isolate, goroutine) }
  }

  override func isServedByCallers(_ waiter: GoroutineID) -> Bool { true }
  override func blockers(of waiter: GoroutineID) -> Blockers? {
    locked { Blockers(holder.map { [$0] } ?? []) }
  }

  // MARK: Select

  override func place(_ entry: rv_object_case) throws(SelectRefusal) -> rv_place {
    guard entry.operation == RV_LOCK else { throw SelectRefusal(entry.operation, self) }
    return RV_IN_QUEUE
  }
  override func attempt(_ entry: rv_object_case, _ caller: Caller) -> SelectServing? {
    take(caller) ? SelectServing() : nil
  }
  override func enqueue(_ waiter: Waiter, _ entry: rv_object_case) { queue.append(waiter, ()) }

  override func refund(_ grant: Int64, _ value: ValueBuffer?) { _ = release() }
}
