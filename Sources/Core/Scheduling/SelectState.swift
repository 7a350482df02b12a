import CRevoada
import Synchronization

/// What the cases of one suspended select share: which of them has won.
@usableFromInline
package final class SelectState: @unchecked Sendable {  // `continuation` is set before any case can be claimed
  @usableFromInline static let open: Int32 = -1
  @usableFromInline package static let cancelledCase: Int32 = -2

  /// The winning case, decided by one compare-and-swap.
  @usableFromInline let winner = Atomic<Int32>(-1)
  @usableFromInline package var continuation: UnsafeContinuation<Void, Never>?

  @usableFromInline
  package init() {}

  /// True for the first caller only: its case commits.
  @usableFromInline
  package func claim(_ index: Int32) -> Bool {
    winner.compareExchange(expected: Self.open, desired: index, ordering: .acquiringAndReleasing).exchanged
  }
  @usableFromInline
  package var winningCase: Int32 { winner.load(ordering: .acquiring) }

  @usableFromInline
  package func resume() { continuation.unsafelyUnwrapped.resume() }

  func cancel() {
    if claim(Self.cancelledCase) { resume() }
  }
}
