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
    if method <= 3, let fault = fault(permits, isRelease: method == 2) { return call.fail(fault) }
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

  private func fault(_ permits: Int64, isRelease: Bool = false) -> String? {
    if permits <= 0 { return "\(label): the number of permits must be positive" }
    if permits <= capacity || isRelease { return nil }
    return "\(label): \(permits) permits were asked for, its size is \(capacity)"
  }

  override func request(of entry: rv_object_case) throws(SelectRefusal) -> Int64? {
    guard entry.operation == RV_ACQUIRE else { return nil }
    if let fault = fault(entry.amount) { throw SelectRefusal("asks for what cannot be: \(fault)") }
    return entry.amount
  }

  /// To acquire here and release there is how work is bounded.
  override var isReleasedByHolder: Bool { false }

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
