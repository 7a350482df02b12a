import LuaShim
import Revoada
import RevoadaCoordination

/// `rwmutex_upgradeable([name])`: the lock of an ``UpgradeableRWLock``, for explicit use.
final class LuaUpgradeableLock: SwiftObject, @unchecked Sendable {
  private let gate = ReadWriteGate()
  /// Protected by `lock`. Who waits for an upgrade is not among them: it does not wait for itself.
  private var holders = Holders()

  init(_ call: LuaCall) throws { super.init(name: try call.optionalString(1)?.text) }

  static let kind = ObjectKind(
    31, "rwmutex_upgradeable",
    swift: [
      .waiting("rlock", undo: { (self: LuaUpgradeableLock, _) in self.release(.read, nil) }) {
        (self: LuaUpgradeableLock, call) in try await self.acquire(.read, call)
      },
      .immediate("runlock") { (self: LuaUpgradeableLock, call) in
        try self.check(
          self.release(.read, call.caller), "runlock of \(self.label), which no reader has locked")
      },
      .immediate("try_rlock") { (self: LuaUpgradeableLock, call) in self.tryAcquire(.read, call) },
      .waiting("lock", undo: { (self: LuaUpgradeableLock, _) in self.release(.write, nil) }) {
        (self: LuaUpgradeableLock, call) in try await self.acquire(.write, call)
      },
      .immediate("unlock") { (self: LuaUpgradeableLock, call) in
        try self.check(self.release(.write, call.caller), "unlock of \(self.label), which is not locked")
      },
      .immediate("try_lock") { (self: LuaUpgradeableLock, call) in self.tryAcquire(.write, call) },
      .immediate("try_upgrade") { (self: LuaUpgradeableLock, _) in
        if self.gate.tryUpgrade() { return [true] }
        if self.locked({ self.holders.isEmpty }) { throw self.notRead("try_upgrade") }
        return [false]
      },
      .waiting("upgrade", undo: { (self: LuaUpgradeableLock, _) in self.gate.downgrade() }) {
        (self: LuaUpgradeableLock, call) in try await self.upgrade(call)
      },
      .immediate("downgrade") { (self: LuaUpgradeableLock, _) in
        try self.check(self.gate.downgrade(), "downgrade of \(self.label), which is not locked")
      },
    ])
  override var kind: ObjectKind { Self.kind }

  override var selectable: [rv_operation] { [RV_LOCK, RV_RLOCK] }
  override func selectCase(_ call: SelectCall) -> any SelectCases<[LuaValue]> {
    gate.selectCase(call.operation == RV_LOCK ? .write : .read) { [self] in
      locked { holders.add(call.caller) }
      return []
    }
  }

  override func isServedByCallers(_ waiter: GoroutineID) -> Bool { true }
  override func blockers(of waiter: GoroutineID) -> Blockers? { locked { Blockers(holders) } }

  private func acquire(_ access: ReadWriteGate.Access, _ call: LuaCall) async throws -> [LuaValue] {
    try await gate.acquire(access)
    locked { holders.add(call.caller) }
    return []
  }

  private func tryAcquire(_ access: ReadWriteGate.Access, _ call: LuaCall) -> [LuaValue] {
    guard gate.tryAcquire(access) else { return [false] }
    locked { holders.add(call.caller) }
    return [true]
  }

  @discardableResult
  private func release(_ access: ReadWriteGate.Access, _ holder: GoroutineID?) -> Bool {
    guard gate.release(access) else { return false }
    locked { holders.remove(holder) }
    return true
  }

  private func upgrade(_ call: LuaCall) async throws -> [LuaValue] {
    let isHolder = locked { () -> Bool in
      guard holders.contains(call.caller) else { return false }
      holders.remove(call.caller)
      return true
    }
    defer { if isHolder { locked { holders.add(call.caller) } } }
    switch try await gate.upgrade() {
    case .upgraded: return [true]
    case .otherIsPending: return [false, .string("\(UpgradePending())")]
    case .notHeld: throw notRead("upgrade")
    }
  }

  private func notRead(_ method: String) -> LuaError {
    LuaError(.argument, "\(method) of \(label), which no reader has locked")
  }

  private func check(_ isDone: Bool, _ message: String) throws -> [LuaValue] {
    if !isDone { throw LuaError(.argument, message) }
    return []
  }
}
