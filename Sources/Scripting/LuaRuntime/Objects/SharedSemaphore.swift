import LuaShim

/// A weighted semaphore, first in, first out.
final class SharedSemaphore: SharedObject, @unchecked Sendable {
  let capacity: Int64
  private var available: Int64
  private var holders = Holders()
  private var queue = WaiterQueue<Int64>()

  init(capacity: Int64, name: String?) {
    self.capacity = capacity
    available = capacity
    super.init(name: name)
  }

  static let kind = ObjectKind(
    3, "semaphore",
    [
      ("acquire", 1, "I"), ("release", 2, "I"), ("try_acquire", 3, "I"), ("available", 4, ""),
      ("capacity", 5, ""),
    ])
  override var kind: ObjectKind { Self.kind }

  override func invoke(
    _ method: Int32, _ call: UnsafeMutablePointer<rv_invocation>, _ caller: Caller
  ) -> rv_outcome {
    let permits = call.pointee.count > 0 ? call.pointee.first : 1
    if method <= 3 {
      guard permits > 0 else { return call.fail("\(label): the number of permits must be positive") }
      guard permits <= capacity || method == 2 else {
        return call.fail("\(label): \(permits) permits were asked for, its size is \(capacity)")
      }
    }
    switch method {
    case 1: return acquire(permits, call, caller)
    case 2:
      return release(permits, caller.id)
        ? RV_NONE : call.fail("release of \(label): more permits than were acquired")
    case 3: return locked { enter(permits, caller.id) } ? RV_TRUE : RV_FALSE
    case 4: return call.answer(locked { available })
    default: return call.answer(capacity)
    }
  }

  private func enter(_ permits: Int64, _ holder: GoroutineID) -> Bool {
    guard queue.isEmpty, available >= permits else { return false }
    available -= permits
    holders.add(holder, permits)
    return true
  }

  private func acquire(
    _ permits: Int64, _ call: UnsafeMutablePointer<rv_invocation>, _ caller: Caller
  ) -> rv_outcome {
    locked {
      if enter(permits, caller.id) { return RV_NONE }
      guard caller.canWait else { return call.cannotWait(self) }
      queue.append(caller.waiter, permits)
      return RV_PENDING
    }
  }

  private func release(_ permits: Int64, _ holder: GoroutineID?) -> Bool {
    var wakes: [Wake] = []
    let released = locked {
      guard permits <= capacity - available else { return false }
      available += permits
      holders.remove(holder, permits)
      grant(&wakes)
      return true
    }
    for wake in wakes { wake.perform(on: self) }
    return released
  }

  private func grant(_ wakes: inout [Wake]) {
    while let permits = queue.first, permits <= available, let next = queue.popFirst() {
      available -= permits
      holders.add(next.waiter.id, permits)
      wakes.append(Wake(waiter: next.waiter, outcome: RV_NONE, grant: permits))
    }
  }

  override func cancel(_ isolate: Isolate, _ goroutine: UInt64) {
    var wakes: [Wake] = []
    locked {
      // A large request at the head may have kept small ones waiting.
      if !queue.remove(isolate, goroutine).isEmpty { grant(&wakes) }
    }
    for wake in wakes { wake.perform(on: self) }
  }

  override var blockers: Blockers? { locked { .any(holders.all) } }

  override func refund(_ grant: Int64, _ value: ValueBuffer?) { _ = release(grant, nil) }
}
