import LuaShim

/// What read-write locks and semaphores have in common: they let goroutines in strictly in the order in which they came.
///
/// Subclasses say who may come in. A request is a number that means something to them.
class SharedGate: SharedObject, @unchecked Sendable {
  private var queue = WaiterQueue<Int64>()
  private var holders = Holders()

  /// With the lock held: lets one in if there is room.
  func admit(_ request: Int64) -> Bool { preconditionFailure("a gate knows whom to admit") }

  /// With the lock held: lets one out; false if none such is inside.
  func dismiss(_ request: Int64) -> Bool { preconditionFailure("a gate knows whom to dismiss") }

  final override func isServedByCallers(_ waiter: GoroutineID) -> Bool { true }
  final override func blockers(of waiter: GoroutineID) -> Blockers? {
    locked {
      var blockers = Blockers(holders)
      blockers.predecessor = queue.place(of: waiter)?.predecessor
      return blockers
    }
  }

  final func acquire(
    _ request: Int64, _ call: UnsafeMutablePointer<rv_invocation>, _ caller: Caller
  ) -> rv_outcome {
    locked {
      if enter(request, caller.id) { return RV_NONE }
      guard caller.canWait else { return call.cannotWait(self) }
      queue.append(caller.waiter, request)
      return RV_PENDING
    }
  }

  final func tryAcquire(_ request: Int64, _ caller: Caller) -> rv_outcome {
    locked { enter(request, caller.id) } ? RV_TRUE : RV_FALSE
  }

  /// False if it was not inside. `holder` is nil for a goroutine that is gone.
  final func release(_ request: Int64, _ holder: GoroutineID?) -> Bool {
    var wakes: [Wake] = []
    let isReleased = locked {
      guard dismiss(request) else { return false }
      holders.remove(holder, request)
      admitWaiters(&wakes)
      return true
    }
    for wake in wakes { wake.perform(on: self) }
    return isReleased
  }

  private func enter(_ request: Int64, _ holder: GoroutineID) -> Bool {
    guard queue.isEmpty, admit(request) else { return false }
    holders.add(holder, request)
    return true
  }

  private func admitWaiters(_ wakes: inout [Wake]) {
    while let request = queue.first, admit(request), let next = queue.popFirst() {
      guard next.waiter.take() else {  // a case of a select that something else has served
        _ = dismiss(request)
        continue
      }
      holders.add(next.waiter.id, request)
      wakes.append(Wake(waiter: next.waiter, outcome: RV_NONE, grant: request))
    }
  }

  final override func cancel(_ isolate: Isolate, _ goroutine: UInt64) {
    var wakes: [Wake] = []
    locked {
      // It may have been the one that those behind it waited for.
      if !queue.remove(isolate, goroutine).isEmpty { admitWaiters(&wakes) }
    }
    for wake in wakes { wake.perform(on: self) }
  }

  // MARK: Select

  /// What a case of a select asks for; nil if there is no such method.
  func request(of entry: rv_object_case) throws(SelectRefusal) -> Int64? { nil }

  final override func place(_ entry: rv_object_case) throws(SelectRefusal) -> rv_place {
    guard try request(of: entry) != nil else { throw SelectRefusal(entry.operation, self) }
    return RV_IN_QUEUE
  }
  final override func attempt(_ entry: rv_object_case, _ caller: Caller) -> SelectServing? {
    guard let request = try? request(of: entry), enter(request, caller.id) else { return nil }
    return SelectServing()
  }
  final override func enqueue(_ waiter: Waiter, _ entry: rv_object_case) {
    if let request = try? request(of: entry) { queue.append(waiter, request) }
  }

  final override func refund(_ grant: Int64, _ value: ValueBuffer?) { _ = release(grant, nil) }
}
