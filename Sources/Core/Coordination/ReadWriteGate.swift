import CRevoada
import RevoadaChannels
import RevoadaScheduling
import Synchronization

/// The lock of an ``AsyncRWLock``, for explicit use: one atomic word, and a queue once somebody must wait.
///
/// Strictly first come, first served, but for an upgrade, which goes to the head of the queue: its reader is inside, and nobody
/// behind it can be served before it leaves or is upgraded.
@usableFromInline
package final class ReadWriteGate: Sendable {
  @usableFromInline
  package enum Access: Int, Sendable { case read, write, upgrade }

  /// How an attempt to upgrade ended, but for cancellation.
  package enum Upgrade { case upgraded, otherIsPending, notHeld }

  // The word: a writer is inside; the bar; and how many readers are inside.
  @usableFromInline static let writing: UInt = 1
  /// Somebody waits, or has waited: nobody passes without the room's lock, and only its holder changes the word.
  @usableFromInline static let barred: UInt = 2
  @usableFromInline static let reader: UInt = 4

  @usableFromInline let state: Atomic<UInt>
  private let room: WaitingRoom
  /// Whether those hold it are noted, because somebody watched when the lock was made. The bar is never taken away then.
  private let isTracked: Bool

  package init(name: String? = nil) {
    room = WaitingRoom(.readWrite, name: name)
    isTracked = Watching.isOn
    state = Atomic(isTracked ? Self.barred : 0)
  }

  // MARK: Taking

  /// Takes the lock if it is free for that and nobody waits.
  package func tryAcquire(_ access: Access) -> Bool {
    pass(access) || room.withLock { take(access, orBar: false) }
  }

  /// - Parameter isScoped: the goroutine that acquires releases, too.
  /// - Throws: `CancellationError`.
  @inlinable @inline(__always)
  nonisolated(nonsending)
    package func acquire(_ access: Access, isScoped: Bool = false) async throws
  { if !pass(access) { try await acquireWaiting(access, isScoped) } }

  package func acquireBlocking(_ access: Access) {
    if pass(access) || spin(access) { return }
    _ = room.waitBlocking(amount: access.rawValue) { _ in take(access, orBar: true) }
  }

  /// The usual case, without the room's lock.
  @inlinable @inline(__always)
  func pass(_ access: Access) -> Bool {
    switch access {
    case .write:
      return state.compareExchange(expected: 0, desired: Self.writing, ordering: .acquiring).exchanged
    case .upgrade:
      return state.compareExchange(expected: Self.reader, desired: Self.writing, ordering: .acquiring)
        .exchanged
    case .read:
      var current = state.load(ordering: .relaxed)
      while current & (Self.writing | Self.barred) == 0 {
        let (exchanged, now) = state.weakCompareExchange(
          expected: current, desired: current &+ Self.reader, ordering: .acquiring)
        if exchanged { return true }
        current = now
      }
      return false
    }
  }

  @usableFromInline
  nonisolated(nonsending)
    func acquireWaiting(_ access: Access, _ isScoped: Bool) async throws
  {
    if spin(access) { return }
    // Those who wait go first, before one more queues: else a queue that has once formed would never end while all come back at
    // once, each time at the price of a suspension. In a simulation or an isolate the order of the calls counts.
    if crv_current_host() == nil {
      await Task.yield()
      if pass(access) { return }
    }
    let outcome = await room.wait(amount: access.rawValue, atFront: access == .upgrade) { _ in
      take(access, orBar: true)
    }
    guard outcome == .cancelled else {
      if isScoped && isTracked { _ = room.hold(access.rawValue) }
      return
    }
    admitNext()
    throw CancellationError()
  }

  /// Most critical sections are short; but whoever finds others waiting queues behind them.
  private func spin(_ access: Access) -> Bool {
    for round in 0..<4 {
      for _ in 0..<(4 << round) { crv_pause() }
      if state.load(ordering: .relaxed) & Self.barred != 0 { return false }
      if pass(access) { return true }
    }
    return false
  }

  // MARK: Giving back

  /// Gives the lock back; false if it is not held so, and then nothing changes.
  @inlinable @inline(__always) @discardableResult
  package func release(_ access: Access, isScoped: Bool = false) -> Bool {
    if access == .write {
      if state.compareExchange(expected: Self.writing, desired: 0, ordering: .releasing).exchanged {
        return true
      }
    } else {
      var current = state.load(ordering: .relaxed)
      while current & Self.barred == 0, current >= Self.reader {
        let (exchanged, now) = state.weakCompareExchange(
          expected: current, desired: current &- Self.reader, ordering: .releasing)
        if exchanged { return true }
        current = now
      }
    }
    return releaseBarred(access, isScoped)
  }

  /// Makes a writer a reader, without letting another writer in between; false if the lock is not held for writing.
  @discardableResult
  package func downgrade() -> Bool {
    change { word in Self.afterWriting(word).map { $0 &+ Self.reader } }
  }

  @usableFromInline
  func releaseBarred(_ access: Access, _ isScoped: Bool) -> Bool {
    if isScoped && isTracked { room.letGo(access.rawValue) }
    return change { word in
      access == .write ? Self.afterWriting(word) : word >= Self.reader ? word &- Self.reader : nil
    }
  }

  private static func afterWriting(_ word: UInt) -> UInt? { word & writing != 0 ? word & ~writing : nil }

  /// Changes the word under the room's lock, and lets in who may then; false if `next` refuses.
  private func change(_ next: (UInt) -> UInt?) -> Bool {
    let served: WaitChain? = room.withLock {
      var current = state.load(ordering: .relaxed)
      while true {
        guard let desired = next(current) else { return nil }
        let (exchanged, now) = state.compareExchange(
          expected: current, desired: desired, ordering: .acquiringAndReleasing)
        if exchanged { return admit() }
        current = now
      }
    }
    served?.wakeAll()
    return served != nil
  }

  // MARK: Upgrading

  /// Makes the caller's read lock a write lock if no other reader is inside.
  package func tryUpgrade() -> Bool { tryAcquire(.upgrade) }

  /// Makes the caller's read lock a write lock once the other readers have left; no writer comes in between, and no reader
  /// that comes later.
  /// - Throws: `CancellationError`, and then the caller has its read lock.
  nonisolated(nonsending)
    package func upgrade() async throws -> Upgrade
  {
    if pass(.upgrade) { return .upgraded }
    var refusal: Upgrade?
    let outcome = await room.wait(amount: Access.upgrade.rawValue, atFront: true) { _ in
      refusal = refusalOfUpgrade
      return refusal != nil || take(.upgrade, orBar: true)
    }
    if outcome == .cancelled {
      admitNext()
      throw CancellationError()
    }
    return refusal ?? .upgraded
  }

  /// The same for a plain thread, which blocks.
  package func upgradeBlocking() -> Upgrade {
    if pass(.upgrade) { return .upgraded }
    var refusal: Upgrade?
    _ = room.waitBlocking(amount: Access.upgrade.rawValue, atFront: true) { _ in
      refusal = refusalOfUpgrade
      return refusal != nil || take(.upgrade, orBar: true)
    }
    return refusal ?? .upgraded
  }

  // MARK: With the room's lock held

  private var refusalOfUpgrade: Upgrade? {
    if state.load(ordering: .relaxed) < Self.reader { return .notHeld }
    return room.first?.pointee.amount == Access.upgrade.rawValue ? .otherIsPending : nil
  }

  /// Takes the lock if it is free for that and nobody is before; otherwise puts up the bar on request, since the caller is about
  /// to queue.
  private func take(_ access: Access, orBar bars: Bool) -> Bool {
    let isNext = room.isEmpty || access == .upgrade
    let bar = room.isEmpty && !isTracked ? 0 : Self.barred
    var current = state.load(ordering: .relaxed)
    while true {
      let taken = isNext ? Self.entered(current, access) : nil
      if taken == nil && !bars { return false }
      let (exchanged, now) = state.compareExchange(
        expected: current, desired: taken.map { $0 | bar } ?? current | Self.barred,
        ordering: .acquiringAndReleasing)
      if exchanged { return taken != nil }
      current = now
    }
  }

  /// The word with one more inside, and without the bar; nil if there is no room.
  private static func entered(_ word: UInt, _ access: Access) -> UInt? {
    let inside = word & ~barred
    switch access {
    case .read: return inside & writing == 0 ? inside &+ reader : nil
    case .write: return inside == 0 ? writing : nil
    case .upgrade: return inside == reader ? writing : nil
    }
  }

  /// Lets in who may, in order, and takes the bar away with the last of them.
  private func admit() -> WaitChain {
    var current = state.load(ordering: .acquiring)
    guard current & Self.barred != 0 else { return WaitChain() }
    let served = room.takeFirst { node in
      Self.entered(current, Access(rawValue: node.pointee.amount)!) != nil
    } served: { node in
      current = Self.entered(current, Access(rawValue: node.pointee.amount)!)! | Self.barred
    }
    state.store(room.isEmpty && !isTracked ? current & ~Self.barred : current, ordering: .releasing)
    return served
  }

  /// Those behind a waiter that is gone may come in.
  private func admitNext() { room.withLock { admit() }.wakeAll() }

  // MARK: As a case of a select

  /// A case whose handler runs with the lock held, and must release it.
  func selectCase<Output>(
    _ access: Access, _ handler: @escaping () async throws -> Output
  ) -> SelectCase<Output> {
    let waiting = RoomWaiting(
      (room.lock, room.queue), amount: { access.rawValue }, attempt: { _ in self.take(access, orBar: true) },
      lost: { self.admitNext() })
    return SelectCase(waiting, finish: handler)
  }
}
