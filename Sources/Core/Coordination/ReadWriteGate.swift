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

  // The word: a writer is inside; the bar; and how many readers are inside or knock.
  @usableFromInline static let writing: UInt = 1
  /// Somebody waits: nobody comes in but under the room's lock.
  @usableFromInline static let barred: UInt = 2
  @usableFromInline static let reader: UInt = 4

  @usableFromInline let state = Atomic<UInt>(0)
  private let room: WaitingRoom

  package init(name: String? = nil) { room = WaitingRoom(.readWrite, name: name) }

  // MARK: Taking

  // A reader adds itself to the word without looking first, since two cores that try to exchange the same word fail by turns. If it
  // finds a writer inside it has only knocked: no writer can come in while it stays, and when the writer leaves without a bar being up, it is
  // inside. If it finds the bar, it takes itself out again, and lets those in whom it may have been in the way of.

  /// Takes the lock if it is free for that and nobody waits.
  package func tryAcquire(_ access: Access) -> Bool {
    if pass(access) || access == .read && retreats() { return true }
    return room.withLock { take(access, queues: false) }
  }

  /// - Throws: `CancellationError`.
  @inlinable @inline(__always)
  nonisolated(nonsending)
    package func acquire(_ access: Access) async throws
  { if !pass(access) { try await acquireWaiting(access) } }

  package func acquireBlocking(_ access: Access) {
    if pass(access) || spin(access) { return }
    _ = room.waitBlocking(amount: access.rawValue) { _ in take(access) }
  }

  /// The usual case, without the room's lock. A reader that does not pass has knocked.
  @inlinable @inline(__always)
  func pass(_ access: Access) -> Bool {
    switch access {
    case .write:
      state.compareExchange(expected: 0, desired: Self.writing, ordering: .acquiring).exchanged
    case .upgrade:
      state.compareExchange(expected: Self.reader, desired: Self.writing, ordering: .acquiring).exchanged
    case .read:
      state.wrappingAdd(Self.reader, ordering: .acquiring).oldValue & (Self.writing | Self.barred) == 0
    }
  }

  /// After ``pass(_:)``.
  @usableFromInline
  nonisolated(nonsending)
    func acquireWaiting(_ access: Access) async throws
  {
    if spin(access) { return }
    // Those who wait go first, before one more queues: else a queue that has once formed would never end while all come back at
    // once, each time at the price of a suspension. In a simulation or an isolate the order of the calls counts.
    if crv_current_host() == nil {
      await Task.yield()
      if tryAcquire(access) { return }
    }
    let outcome = await room.wait(amount: access.rawValue, atFront: access == .upgrade) { _ in take(access) }
    guard outcome == .cancelled else { return }
    admitNext()
    throw CancellationError()
  }

  /// Most critical sections are short; but whoever finds others waiting queues behind them. After ``pass(_:)``; a reader does not
  /// knock any more when this fails.
  private func spin(_ access: Access) -> Bool {
    // Seldom looks, as a mutex does.
    for round in 0..<3 {
      for _ in 0..<(8 << round) { crv_pause() }
      let word = state.load(ordering: .acquiring)
      if word & Self.barred != 0 { break }
      if access == .read ? word & Self.writing == 0 : pass(access) { return true }
    }
    return access == .read && retreats()
  }

  /// A reader that knocked gives up; true if it turns out to be inside.
  private func retreats() -> Bool {
    if state.load(ordering: .acquiring) & (Self.writing | Self.barred) == 0 { return true }
    leave(state.wrappingSubtract(Self.reader, ordering: .releasing).newValue)
    return false
  }

  // MARK: Giving back

  /// Gives the lock back; false if it is not held so, and then nothing changes.
  @inlinable @inline(__always) @discardableResult
  package func release(_ access: Access) -> Bool {
    if access == .write {
      if state.compareExchange(expected: Self.writing, desired: 0, ordering: .releasing).exchanged {
        return true
      }
      return endWriting(leaving: 0)
    }
    let (old, new) = state.wrappingSubtract(Self.reader, ordering: .releasing)
    if old & Self.barred == 0, old >= Self.reader { return true }
    return endReading(old, new)
  }

  /// Makes a writer a reader, without letting another writer in between; false if the lock is not held for writing.
  @discardableResult
  package func downgrade() -> Bool { endWriting(leaving: Self.reader) }

  @usableFromInline
  func endReading(_ old: UInt, _ new: UInt) -> Bool {
    if old >= Self.reader {
      leave(new)
      return true
    }
    leave(state.wrappingAdd(Self.reader, ordering: .relaxed).newValue)
    return false
  }

  @usableFromInline
  func endWriting(leaving inside: UInt) -> Bool {
    var current = state.load(ordering: .relaxed)
    while current & Self.writing != 0 {
      let (exchanged, now) = state.weakCompareExchange(
        expected: current, desired: current &- Self.writing &+ inside, ordering: .releasing)
      if exchanged {
        leave(current)
        return true
      }
      current = now
    }
    return false
  }

  /// Lets in who may come in, if somebody waits.
  private func leave(_ word: UInt) { if word & Self.barred != 0 { admitNext() } }

  // MARK: Holders

  /// Tells those who watch that the calling goroutine is inside. Only for bodies that can suspend, as for a mutex.
  /// - Returns: for ``release(_:noted:)``.
  @inlinable @inline(__always)
  package func hold(_ access: Access) -> UInt { Watching.noticesHolders ? note(access) : 0 }

  /// Takes the note back, and gives the lock back.
  @inlinable @inline(__always)
  package func release(_ access: Access, noted hold: UInt) {
    if hold != 0 { forget(access, hold) }
    release(access)
  }

  @usableFromInline
  func note(_ access: Access) -> UInt { room.hold(access.rawValue) }
  @usableFromInline
  func forget(_ access: Access, _ hold: UInt) { room.letGo(hold, access.rawValue) }

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
      return refusal != nil || take(.upgrade)
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
      return refusal != nil || take(.upgrade)
    }
    return refusal ?? .upgraded
  }

  // MARK: With the room's lock held

  private var refusalOfUpgrade: Upgrade? {
    if state.load(ordering: .relaxed) < Self.reader { return .notHeld }
    return room.first?.pointee.amount == Access.upgrade.rawValue ? .otherIsPending : nil
  }

  /// Takes the lock if it is free for that and nobody is before; otherwise puts up the bar, if the caller is about to queue.
  private func take(_ access: Access, queues: Bool = true) -> Bool {
    let isNext = room.isEmpty || access == .upgrade
    var current = state.load(ordering: .relaxed)
    while true {
      let change = isNext ? Self.change(current, access) : nil
      if change == nil, !queues { return false }
      let (exchanged, now) = state.compareExchange(
        expected: current, desired: change.map { current &+ $0 } ?? current | Self.barred,
        ordering: .acquiringAndReleasing)
      if exchanged { return change != nil }
      current = now
    }
  }

  /// What is to be added to the word for one more inside; nil if there is no room.
  private static func change(_ word: UInt, _ access: Access) -> UInt? {
    let inside = word & ~barred
    switch access {
    case .read: return inside & writing == 0 ? reader : nil
    case .write: return inside == 0 ? writing : nil
    case .upgrade: return inside == reader ? writing &- reader : nil
    }
  }

  /// Lets in who may, in order, and takes the bar away with the last of them.
  ///
  /// While the bar is up, nobody else comes in: what is found free stays so, whoever knocks meanwhile.
  private func admit() -> WaitChain {
    guard state.load(ordering: .acquiring) & Self.barred != 0 else { return WaitChain() }
    var change: UInt = 0
    let served = room.takeFirst { node in
      let possible = Self.change(
        state.load(ordering: .acquiring), Access(rawValue: node.pointee.amount).unsafelyUnwrapped)
      change = possible ?? 0
      return possible != nil
    } served: { _ in
      state.wrappingAdd(change, ordering: .acquiringAndReleasing)
    }
    if room.isEmpty { state.bitwiseAnd(~Self.barred, ordering: .releasing) }
    return served
  }

  /// Those behind a waiter that is gone may come in.
  private func admitNext() { room.withLock { admit() }.wakeAll() }

  // MARK: As a case of a select

  /// A case whose handler runs with the lock held, and must release it.
  package func selectCase<Output>(
    _ access: Access, _ handler: @escaping () async throws -> Output
  ) -> SelectCase<Output> {
    let waiting = RoomWaiting(
      (room.lock, room.queue), amount: { access.rawValue }, attempt: { _ in self.take(access) },
      lost: { self.admitNext() })
    return SelectCase(waiting, finish: handler)
  }
}
