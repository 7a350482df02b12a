import CRevoada
import RevoadaChannels
import RevoadaScheduling

/// A value that many tasks may read at once, or one may change.
///
/// Strictly first come, first served: readers that arrive after a waiting writer wait behind it, so neither side starves.
/// Not reentrant: a reader that asks for the lock again while a writer waits, waits for itself.
public final class AsyncRWLock<Value: Sendable>: @unchecked Sendable {
  // `value` is touched under the lock it guards.

  let gate: ReadWriteGate
  @exclusivity(unchecked) var value: Value

  /// Creates an unlocked value.
  /// - Parameters:
  ///   - value: what the lock guards.
  ///   - name: for diagnostics.
  public init(_ value: Value, name: String? = nil) {
    self.value = value
    gate = ReadWriteGate(name: name)
  }

  /// Runs `body` with the value, while other readers may do so too. Suspends until no writer is before it.
  /// - Throws: what `body` throws; `CancellationError`, and then `body` has not run.
  nonisolated(nonsending)
    public func withReadLock<R>(_ body: nonisolated(nonsending) (Value) async throws -> R) async throws -> R
  {
    try await gate.acquire(.read)
    let hold = gate.hold(.read)
    defer { gate.release(.read, hold) }
    return try await body(value)
  }

  /// Runs `body` with exclusive use of the value. Suspends until it has it.
  /// - Throws: what `body` throws; `CancellationError`, and then `body` has not run.
  nonisolated(nonsending)
    public func withWriteLock<R>(
      _ body: nonisolated(nonsending) (inout Value) async throws -> R
    ) async throws -> R
  {
    try await gate.acquire(.write)
    let hold = gate.hold(.write)
    defer { gate.release(.write, hold) }
    return try await body(&value)
  }

  /// Blocks the calling *thread* instead of suspending; for code outside of tasks.
  public func withReadLockBlocking<R>(_ body: (Value) throws -> R) rethrows -> R {
    gate.acquireBlocking(.read)
    defer { gate.release(.read) }
    return try body(value)
  }

  /// Blocks the calling *thread* instead of suspending; for code outside of tasks.
  public func withWriteLockBlocking<R>(_ body: (inout Value) throws -> R) rethrows -> R {
    gate.acquireBlocking(.write)
    defer { gate.release(.write) }
    return try body(&value)
  }
}

/// The lock of an ``AsyncRWLock``.
package final class ReadWriteGate: @unchecked Sendable {  // `readers` and `isWriting` are protected by `room`
  package enum Access: Int { case read, write }

  private let room: WaitingRoom
  private var readers = 0
  private var isWriting = false

  package init(name: String? = nil) { room = WaitingRoom(.readWrite, name: name) }

  nonisolated(nonsending)
    package func acquire(_ access: Access) async throws
  {
    if await room.wait(amount: access.rawValue, unless: { _ in enterIfFirst(access) }) != .cancelled {
      return
    }
    // We may have been the writer that readers waited behind.
    room.serve { admit(&$0) }
    throw CancellationError()
  }

  package func acquireBlocking(_ access: Access) {
    _ = room.waitBlocking(amount: access.rawValue) { _ in enterIfFirst(access) }
  }

  /// Takes the lock if it is free for that and nobody waits.
  package func tryAcquire(_ access: Access) -> Bool { room.withLock { enterIfFirst(access) } }

  /// Tells those who watch that the calling goroutine has the lock; for `release`.
  package func hold(_ access: Access) -> UInt { room.hold(access.rawValue) }

  package func release(_ access: Access, _ hold: UInt = 0) {
    room.letGo(hold, access.rawValue)
    room.serve { served in
      switch access {
      case .read:
        precondition(readers > 0, "release of a read lock that is not held")
        readers -= 1
      case .write:
        precondition(isWriting, "release of a write lock that is not held")
        isWriting = false
      }
      admit(&served)
    }
  }

  private func enterIfFirst(_ access: Access) -> Bool { room.isEmpty && enter(access) }

  private func isFree(for access: Access) -> Bool {
    access == .read ? !isWriting : !isWriting && readers == 0
  }

  private func enter(_ access: Access) -> Bool {
    guard isFree(for: access) else { return false }
    if access == .read { readers += 1 } else { isWriting = true }
    return true
  }

  private func admit(_ served: inout Wakeups) {
    while let node = room.popFirst(where: { isFree(for: Access(rawValue: $0.pointee.amount)!) }) {
      _ = enter(Access(rawValue: node.pointee.amount)!)
      served.append(node.granted())
    }
  }

  /// A case of a select whose handler runs with the lock held, and must release it.
  func selectCase<Output>(
    _ access: Access, _ handler: @escaping () async throws -> Output
  ) -> SelectCase<Output> {
    let waiting = RoomWaiting(
      (room.lock, room.queue), amount: { access.rawValue }, attempt: { self.enterIfFirst(access) },
      lost: { self.room.serve { self.admit(&$0) } })
    return SelectCase(waiting, finish: handler)
  }
}
