import CRevoada
import Synchronization

/// What the cases of one suspended select share: which of them has won.
///
/// Also the way to wait for one thing or a timer, whichever is first. It is reference-counted, so that a timer that fires
/// late finds it.
@usableFromInline
package final class SelectState: @unchecked Sendable {
  // `continuation` is set before any case can be claimed.

  @usableFromInline static let open: Int32 = -1
  /// "Won" by the cancellation of the task.
  @usableFromInline package static let cancelledCase: Int32 = -2
  /// The cases are being queued: nobody can win yet.
  private static let registering: Int32 = -3
  /// Cancelled while they were being queued.
  private static let cancelledEarly: Int32 = -4

  /// The winning case, decided by one compare-and-swap.
  @usableFromInline let winner = Atomic<Int32>(-3)
  @exclusivity(unchecked) private var continuation: UnsafeContinuation<Void, Never>?

  @usableFromInline
  package init() {}

  /// True for the first caller only: its case commits. Called with the lock of the case's primitive held, see ``wait(_:release:)``.
  @usableFromInline
  package func claim(_ index: Int32) -> Bool {
    winner.compareExchange(expected: Self.open, desired: index, ordering: .acquiringAndReleasing).exchanged
  }

  /// The same for a timer, which has no lock that would keep it from firing while the cases are being queued.
  package func claimByTimer(_ index: Int32) -> Bool {
    while winner.load(ordering: .acquiring) == Self.registering { crv_pause() }
    return claim(index)
  }

  /// The case that has won; negative while none has.
  @usableFromInline
  package var winningCase: Int32 { winner.load(ordering: .acquiring) }

  /// Wakes the select; called once, by whoever has claimed a case.
  package func resume() { continuation.unsafelyUnwrapped.resume() }

  func cancel() {
    if claim(Self.cancelledCase) { return resume() }
    let cancelledEarly = winner.compareExchange(
      expected: Self.registering, desired: Self.cancelledEarly, ordering: .acquiringAndReleasing
    ).exchanged
    // The select may have opened between the two attempts.
    if !cancelledEarly, claim(Self.cancelledCase) { resume() }
  }

  /// Suspends until a case is claimed or the task is cancelled.
  ///
  /// - Parameters:
  ///   - register: queues the cases. Runs under the caller's locks, if it has any, so that no case is claimed meanwhile.
  ///   - release: releases those locks. From then on the task may already run elsewhere.
  nonisolated(nonsending)
    package func wait(_ register: () -> Void, release: @Sendable () -> Void = {}) async
  {
    // The node stands for the whole select where its task is cancelled; it is in no queue.
    let node = WaitNode.take()
    node.pointee.select = Unmanaged.passUnretained(self)
    if let cell = GoroutineCell.ofCurrentTask {
      await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
        self.continuation = continuation
        register()
        Self.publish(self, mayWait: cell.beginWait(node), release)
      }
      crv_awaited()
      cell.endSelect(node)
      crv_set_last_cell(cell)
    } else {
      let record = crv_add_cancellation_handler(node)
      await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
        self.continuation = continuation
        register()
        let mayWait = crv_publish_byte(&node.pointee.phase, WaitNode.registering, WaitNode.published)
        Self.publish(self, mayWait: mayWait, release)
      }
      crv_awaited()
      crv_remove_cancellation_handler(record)
    }
    node.recycle()
  }

  /// Opens the select to claims and releases the locks. Not inlined, so that after the release nothing is read from the
  /// frame of the task, which may have ended by then.
  @inline(never)
  private static func publish(_ state: SelectState, mayWait: Bool, _ release: @Sendable () -> Void) {
    let opened =
      mayWait
      && state.winner.compareExchange(
        expected: registering, desired: open, ordering: .acquiringAndReleasing
      ).exchanged
    if opened { return release() }
    state.winner.store(cancelledCase, ordering: .releasing)
    let continuation = state.continuation.unsafelyUnwrapped
    release()
    continuation.resume()
  }
}
