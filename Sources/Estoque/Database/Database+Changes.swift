import RevoadaScheduling

extension Database {
  /// Calls `notice` after each transaction that has said what it changes (``Session/touch(_:)``), before the call of the transaction returns: whoever
  /// then reads through a cache that is invalidated by `notice` sees what was changed.
  ///
  /// Tells only of transactions of this object. Also called after a transaction that failed, in which case nothing was changed.
  ///
  /// - Parameter notice: what is called with the names; on the thread of the transaction, hence it must be quick.
  /// - Returns: the observation, which ends when it is released.
  public func observeChanges(_ notice: @escaping @Sendable (Set<String>) -> Void) -> ChangeObservation {
    ChangeObservation(observers.add(notice), of: observers)
  }
}

/// Lasts as long as somebody keeps it.
public final class ChangeObservation: Sendable {
  private let number: Int
  private let observers: ChangeObservers

  init(_ number: Int, of observers: ChangeObservers) {
    self.number = number
    self.observers = observers
  }
  deinit { observers.remove(number) }
}

/// Who is told of changes.
final class ChangeObservers: Sendable {
  private let state = Guarded((next: 0, notices: [Int: @Sendable (Set<String>) -> Void]()))

  func add(_ notice: @escaping @Sendable (Set<String>) -> Void) -> Int {
    state.withLock { state in
      state.next += 1
      state.notices[state.next] = notice
      return state.next
    }
  }
  func remove(_ number: Int) { state.withLock { _ = $0.notices.removeValue(forKey: number) } }

  func tell(_ topics: Set<String>) {
    if topics.isEmpty { return }
    for notice in state.withLock({ Array($0.notices.values) }) { notice(topics) }
  }
}
