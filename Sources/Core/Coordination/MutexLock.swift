import CRevoada
import RevoadaChannels
import RevoadaScheduling
import Synchronization

/// The lock of an ``AsyncMutex``: one atomic word, and a queue once somebody must wait.
///
/// A release wakes the first waiter and leaves the lock free; the waiter competes for it with running tasks, and goes
/// back to the head of the queue if it loses. While a woken waiter is on its way, releases wake nobody else. A waiter that
/// has waited 1 ms, or that is a case of a select, is handed the lock instead.
@usableFromInline
package final class MutexLock: Sendable {
  @usableFromInline static let held: UInt32 = 1
  /// The queue is not empty.
  private static let contended: UInt32 = 2
  /// A woken waiter is on its way.
  private static let woken: UInt32 = 4
  /// Holders leave their identity, because somebody watches. It stays, and makes every call take the longer way.
  private static let tracked: UInt32 = 8
  private static let patience: Int64 = 1_000_000

  // While `held` is set, the other bits change under the room's lock only.
  @usableFromInline let state: Atomic<UInt32>
  private let room: WaitingRoom

  /// What an acquiring waiter has learnt.
  private enum Wake { case fresh, retry }

  package init(name: String? = nil) {
    room = WaitingRoom(.lock, name: name)
    state = Atomic(Watching.noticesHolders ? Self.tracked : 0)
  }

  @inlinable @inline(__always)
  package func tryAcquire() -> Bool {
    state.compareExchange(expected: 0, desired: Self.held, ordering: .acquiring).exchanged || tryBarge()
  }

  /// Takes a lock that is free although somebody waits for it.
  @usableFromInline
  func tryBarge() -> Bool { take(clearing: 0) }

  private func take(clearing bits: UInt32) -> Bool {
    var current = state.load(ordering: .relaxed)
    while current & Self.held == 0 {
      let (exchanged, now) = state.compareExchange(
        expected: current, desired: (current | Self.held) & ~bits, ordering: .acquiring)
      if exchanged {
        if current & Self.tracked != 0 { noteHolder() }
        return true
      }
      current = now
    }
    return false
  }

  /// The lock is the caller's: says so to those who watch.
  private func noteHolder() {
    crv_store_word(room.queue.holder, HolderID.current)
  }
  /// The same for a waiter that was handed the lock.
  private func noteHandOver() {
    if state.load(ordering: .relaxed) & Self.tracked != 0 { noteHolder() }
  }

  /// Spins briefly, since most critical sections are short, then waits in the queue.
  /// - Throws: `CancellationError`.
  @usableFromInline
  nonisolated(nonsending)
    package func acquireWaiting() async throws
  {
    if spin() { return }
    let since = Int(Timers.current.now)
    var wake = Wake.fresh
    while true {
      var acquired = false
      let outcome = await room.wait(amount: since, atFront: wake == .retry) { _ in
        acquired = takeOrContend(wake)
        return acquired
      }
      if acquired { return }
      if outcome == .handedOver { return noteHandOver() }
      if outcome == .cancelled { throw CancellationError() }
      if take(clearing: Self.woken) { return }
      wake = .retry
    }
  }

  /// The same for a plain thread, which blocks.
  package func acquireBlocking() {
    if spin() { return }
    let since = Int(Timers.current.now)
    var wake = Wake.fresh
    while true {
      var acquired = false
      let outcome = room.waitBlocking(amount: since, atFront: wake == .retry) { _ in
        acquired = takeOrContend(wake)
        return acquired
      }
      if acquired { return }
      if outcome == .handedOver { return noteHandOver() }
      if take(clearing: Self.woken) { return }
      wake = .retry
    }
  }

  private func spin() -> Bool {
    for round in 0..<6 {
      for _ in 0..<(4 << round) { crv_pause() }
      if state.load(ordering: .relaxed) & Self.held == 0, tryBarge() { return true }
    }
    return false
  }

  /// Under the room's lock: takes the lock, or announces a waiter.
  private func takeOrContend(_ wake: Wake) -> Bool {
    let cleared = wake == .retry ? Self.woken : 0
    while true {
      if take(clearing: cleared) { return true }
      let current = state.load(ordering: .relaxed)
      guard current & Self.held != 0 else { continue }
      let desired = (current | Self.contended) & ~cleared
      if state.compareExchange(expected: current, desired: desired, ordering: .relaxed).exchanged {
        // From the next holder on, who holds it is known.
        if current & Self.tracked == 0, Watching.noticesHolders {
          state.bitwiseOr(Self.tracked, ordering: .relaxed)
        }
        return false
      }
    }
  }

  @inlinable @inline(__always)
  package func release() {
    if state.compareExchange(expected: Self.held, desired: 0, ordering: .releasing).exchanged { return }
    releaseContended()
  }

  @usableFromInline
  func releaseContended() {
    var current = state.load(ordering: .relaxed)
    precondition(current & Self.held != 0, "unlock of a mutex that is not locked")
    if current & Self.tracked != 0 {
      crv_store_word(room.queue.holder, 0)
      let (exchanged, now) = state.compareExchange(
        expected: Self.held | Self.tracked, desired: Self.tracked, ordering: .releasing)
      if exchanged { return }
      current = now
    }
    while current & Self.woken != 0 {
      let (exchanged, now) = state.compareExchange(
        expected: current, desired: current & ~Self.held, ordering: .releasing)
      if exchanged { return }
      current = now
    }
    room.serve { served in
      guard let node = room.popFirst() else {
        let kept = state.load(ordering: .relaxed) & (Self.woken | Self.tracked)
        return state.store(kept, ordering: .releasing)
      }
      let others = (room.isEmpty ? 0 : Self.contended) | state.load(ordering: .relaxed) & Self.tracked
      let waited = Timers.current.now - Int64(node.pointee.amount)
      if waited > Self.patience || node.isSelectCase {
        state.store(Self.held | others, ordering: .releasing)
        served.append(node.granted(.handedOver))
      } else {
        state.store(Self.woken | others, ordering: .releasing)
        served.append(node.granted())
      }
    }
  }

  // MARK: As a case of a select

  /// A case whose handler runs with the lock held, and must release it.
  func selectCase<Output>(_ handler: @escaping () async throws -> Output) -> SelectCase<Output> {
    let waiting = RoomWaiting(
      (room.lock, room.queue), amount: { Int(Timers.current.now) },
      attempt: { _ in self.takeOrContend(.fresh) })
    return SelectCase(waiting) {
      self.noteHandOver()
      return try await handler()
    }
  }
}
