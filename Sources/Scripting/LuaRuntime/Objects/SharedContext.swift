import LuaShim

/// A cancellation context: a tree in which cancelling a parent cancels its children.
final class SharedContext: SharedObject, @unchecked Sendable {
  enum Reason {
    case cancelled, deadline
    var text: String { self == .cancelled ? "context cancelled" : "context deadline exceeded" }
  }

  private var reason: Reason?
  private var children: [ObjectIdentifier: SharedContext] = [:]
  private weak var parent: SharedContext?
  private let deadline: UInt64?
  private let done = SharedChannel(capacity: 0, name: "context done")
  private var timer: (isolate: Isolate, identifier: UInt64)?

  private init(parent: SharedContext?, deadline: UInt64?) {
    self.parent = parent
    self.deadline = deadline
    super.init()
  }

  static func root() -> SharedContext { SharedContext(parent: nil, deadline: nil) }

  static let kind = ObjectKind(
    8, "context",
    [
      ("with_cancel", 1, ""), ("with_timeout", 2, "n"), ("with_deadline", 3, "n"), ("is_cancelled", 4, ""),
      ("err", 5, ""), ("cancel", 6, ""), ("deadline", 7, ""), ("done", 8, ""),
    ])
  override var kind: ObjectKind { Self.kind }

  override func invoke(
    _ method: Int32, _ call: UnsafeMutablePointer<rv_invocation>, _ caller: Caller
  ) -> rv_outcome {
    let isolate = caller.isolate
    let nanoseconds = UInt64(min(call.pointee.number * 1e6, 1e19))
    switch method {
    case 1: return call.answer(child(deadline: nil, isolate))
    case 2: return call.answer(child(deadline: isolate.now &+ min(nanoseconds, .max / 2), isolate))
    case 3: return call.answer(child(deadline: nanoseconds, isolate))
    case 4: return check(isolate) != nil ? RV_TRUE : RV_FALSE
    case 5: return call.answer(check(isolate).map { .string($0.text) } ?? .nil)
    case 6:
      cancel(.cancelled)
      return RV_NONE
    case 7: return call.answer(deadline.map { .number(Double($0) / 1e6) } ?? .nil)
    default: return call.answer(.handle(LuaHandle(object: done)))
    }
  }

  private func child(deadline limit: UInt64?, _ isolate: Isolate) -> LuaValue {
    let earliest = [limit, deadline].compactMap { $0 }.min()
    let child = SharedContext(parent: self, deadline: earliest)
    let inherited = locked { () -> Reason? in
      if reason == nil { children[ObjectIdentifier(child)] = child }
      return reason
    }
    if let inherited {
      child.cancel(inherited)
    } else if let earliest, earliest != deadline {
      // The parent's own timer already covers the deadline it shares with its children.
      let identifier = isolate.schedule(at: earliest) { [weak child] in child?.cancel(.deadline) }
      child.locked { child.timer = (isolate, identifier) }
    }
    return .handle(LuaHandle(object: child))
  }

  /// A busy isolate fires timers late; the clock decides.
  private func check(_ isolate: Isolate) -> Reason? {
    if let deadline, isolate.now >= deadline { cancel(.deadline) }
    return locked { reason }
  }

  private func cancel(_ cause: Reason) {
    rv_lock_acquire(lock)
    guard reason == nil else {
      rv_lock_release(lock)
      return
    }
    reason = cause
    let orphans = children.values
    children = [:]
    let timer = timer
    self.timer = nil
    rv_lock_release(lock)
    if let parent { parent.locked { _ = parent.children.removeValue(forKey: ObjectIdentifier(self)) } }
    if let timer { timer.isolate.unschedule(timer.identifier) }
    done.close()
    for child in orphans { child.cancel(cause) }
  }
}
