import LuaShim

/// Many readers or one writer.
///
/// Strictly first in, first out, so that neither side starves.
final class SharedRWMutex: SharedObject, @unchecked Sendable {
  private enum Mode: Int64 { case read = 1, write }

  private var readers = 0
  private var isWriting = false
  private var holders = Holders()
  private var queue = WaiterQueue<Mode>()

  static let kind = ObjectKind(
    2, "rwmutex",
    [
      ("lock", 1, ""), ("unlock", 2, ""), ("try_lock", 3, ""), ("rlock", 4, ""), ("runlock", 5, ""),
      ("try_rlock", 6, ""),
    ])
  override var kind: ObjectKind { Self.kind }

  override func invoke(
    _ method: Int32, _ call: UnsafeMutablePointer<rv_invocation>, _ caller: Caller
  ) -> rv_outcome {
    switch method {
    case 1: return acquire(.write, call, caller)
    case 2: return release(.write, caller.id) ? RV_NONE : call.fail("unlock of \(label), which is not locked")
    case 3: return locked { enter(.write, caller.id) } ? RV_TRUE : RV_FALSE
    case 4: return acquire(.read, call, caller)
    case 5:
      return release(.read, caller.id)
        ? RV_NONE : call.fail("runlock of \(label), which no reader has locked")
    default: return locked { enter(.read, caller.id) } ? RV_TRUE : RV_FALSE
    }
  }

  private func enter(_ mode: Mode, _ holder: GoroutineID) -> Bool {
    guard queue.isEmpty, admit(mode) else { return false }
    holders.add(holder)
    return true
  }

  private func admit(_ mode: Mode) -> Bool {
    switch mode {
    case .read where !isWriting: readers += 1
    case .write where !isWriting && readers == 0: isWriting = true
    default: return false
    }
    return true
  }

  private func acquire(
    _ mode: Mode, _ call: UnsafeMutablePointer<rv_invocation>, _ caller: Caller
  ) -> rv_outcome {
    locked {
      if enter(mode, caller.id) { return RV_NONE }
      guard caller.canWait else { return call.cannotWait(self) }
      queue.append(caller.waiter, mode)
      return RV_PENDING
    }
  }

  private func release(_ mode: Mode, _ holder: GoroutineID?) -> Bool {
    var wakes: [Wake] = []
    let released = locked {
      switch mode {
      case .read where readers > 0: readers -= 1
      case .write where isWriting: isWriting = false
      default: return false
      }
      holders.remove(holder)
      admitWaiters(&wakes)
      return true
    }
    for wake in wakes { wake.perform(on: self) }
    return released
  }

  private func admitWaiters(_ wakes: inout [Wake]) {
    while let mode = queue.first, admit(mode), let next = queue.popFirst() {
      holders.add(next.waiter.id)
      wakes.append(Wake(waiter: next.waiter, outcome: RV_NONE, grant: mode.rawValue))
    }
  }

  override func cancel(_ isolate: Isolate, _ goroutine: UInt64) {
    var wakes: [Wake] = []
    locked {
      // A writer that gives up may have kept readers behind it waiting.
      if !queue.remove(isolate, goroutine).isEmpty { admitWaiters(&wakes) }
    }
    for wake in wakes { wake.perform(on: self) }
  }

  override var blockers: Blockers? { locked { .all(holders.all) } }

  override func refund(_ grant: Int64, _ value: ValueBuffer?) {
    if let mode = Mode(rawValue: grant) { _ = release(mode, nil) }
  }
}
