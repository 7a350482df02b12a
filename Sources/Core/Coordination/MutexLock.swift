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
  private static let patience: Int64 = 1_000_000

  // While `held` is set, the other bits change under the room's lock only.
  @usableFromInline let state = Atomic<UInt32>(0)
  private let room: WaitingRoom

  /// What an acquiring waiter has learnt.
  private enum Wake { case fresh, retry }

  package init(name: String? = nil) { room = WaitingRoom(.lock, name: name) }

  @inlinable @inline(__always)
  package func tryAcquire() -> Bool {
    state.compareExchange(expected: 0, desired: Self.held, ordering: .acquiring).exchanged || tryBarge()
  }

  /// Takes a lock that is free although somebody waits for it. Inlined too: while several compete, this is the usual case.
  @inlinable @inline(__always)
  func tryBarge() -> Bool { take(clearing: 0) }

  @inlinable @inline(__always)
  func take(clearing bits: UInt32) -> Bool {
    var current = state.load(ordering: .relaxed)
    while current & Self.held == 0 {
      let (exchanged, now) = state.compareExchange(
        expected: current, desired: (current | Self.held) & ~bits, ordering: .acquiring)
      if exchanged { return true }
      current = now
    }
    return false
  }

  // MARK: Holders

  /// Tells those who watch that the lock is the calling goroutine's.
  ///
  /// Only for critical sections that can suspend: in another one nobody waits for anything, so it is part of no deadlock.
  /// - Returns: for ``release(isNoted:)``.
  @inlinable @inline(__always)
  package func noteHolder() -> Bool {
    if !Watching.noticesHolders { return false }
    writeHolder(HolderID.current)
    return true
  }

  /// Takes the note back, and gives the lock back.
  @inlinable @inline(__always)
  package func release(isNoted: Bool) {
    if isNoted { writeHolder(0) }
    release()
  }

  @usableFromInline
  func writeHolder(_ holder: UInt) { crv_store_word(room.queue.holder, holder) }

  // MARK: Waiting

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
      if acquired || outcome == .handedOver { return }
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
      if acquired || outcome == .handedOver || take(clearing: Self.woken) { return }
      wake = .retry
    }
  }

  private func spin() -> Bool {
    // Seldom looks: each look takes the cache line away from the core that works with the lock.
    for round in 0..<4 {
      for _ in 0..<(16 << round) { crv_pause() }
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
    while current & Self.woken != 0 {
      let (exchanged, now) = state.compareExchange(
        expected: current, desired: current & ~Self.held, ordering: .releasing)
      if exchanged { return }
      current = now
    }
    room.serve { served in
      guard let node = room.popFirst() else {
        return state.store(state.load(ordering: .relaxed) & Self.woken, ordering: .releasing)
      }
      let others = room.isEmpty ? 0 : Self.contended
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
    return SelectCase(waiting, finish: handler)
  }
}
