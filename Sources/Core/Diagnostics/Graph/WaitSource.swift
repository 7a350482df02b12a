/// Waiters that are no goroutines of Swift, for the same graph: those of an interpreter, say.
///
/// A waiter may name goroutines, or waiters of other sources, among those who could end its wait: cycles through both are found.
public protocol WaitSource: AnyObject, Sendable {
  /// Everybody there is, whether or not it waits; called whenever a detector looks, in its goroutine. Must be brief, and must not
  /// suspend.
  ///
  /// A waiter that is left out is taken for one that may go on.
  func snapshots() -> [WaitSnapshot]
}
