import LuaShim

/// Many readers or one writer.
///
/// Strictly first in, first out, so that neither side starves.
final class SharedRWMutex: SharedGate, @unchecked Sendable {
  private static let read: Int64 = 1
  private static let write: Int64 = 2

  private var readers = 0
  private var isWriting = false

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
    case 1: acquire(Self.write, call, caller)
    case 2: release(Self.write, caller.id) ? RV_NONE : call.fail("unlock of \(label), which is not locked")
    case 3: tryAcquire(Self.write, caller)
    case 4: acquire(Self.read, call, caller)
    case 5:
      release(Self.read, caller.id) ? RV_NONE : call.fail("runlock of \(label), which no reader has locked")
    default: tryAcquire(Self.read, caller)
    }
  }

  override func request(of entry: rv_object_case) -> Int64? {
    switch entry.operation {
    case RV_LOCK: Self.write
    case RV_RLOCK: Self.read
    default: nil
    }
  }

  override func admit(_ request: Int64) -> Bool {
    guard !isWriting, request == Self.read || readers == 0 else { return false }
    if request == Self.read { readers += 1 } else { isWriting = true }
    return true
  }

  override func dismiss(_ request: Int64) -> Bool {
    guard request == Self.read ? readers > 0 : isWriting else { return false }
    if request == Self.read { readers -= 1 } else { isWriting = false }
    return true
  }
}
