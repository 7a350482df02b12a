import LuaShim

/// A weighted semaphore, first in, first out.
final class SharedSemaphore: SharedGate, @unchecked Sendable {
  private let capacity: Int64
  private var available: Int64

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
    case 3: return tryAcquire(permits, caller)
    case 4: return call.answer(locked { available })
    default: return call.answer(capacity)
    }
  }

  override func room(for permits: Int64) -> (needed: Int64, size: Int64)? { (permits, capacity) }

  override func admit(_ permits: Int64) -> Bool {
    guard available >= permits else { return false }
    available -= permits
    return true
  }

  override func dismiss(_ permits: Int64) -> Bool {
    guard permits <= capacity - available else { return false }
    available += permits
    return true
  }
}
