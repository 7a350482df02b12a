import RevoadaScheduling

extension Database {
  /// Calls `notice` after each transaction that has said what it changes (``Session/touch(_:)-(String)``), before the call of the transaction returns:
  /// whoever then reads through a cache that is invalidated by `notice` sees what was changed.
  ///
  /// Tells of transactions of this object, and, while ``follow()`` runs, of those of other instances and processes. Also called after a
  /// transaction of which it is not known whether it was committed. Observers are told in the order in which they began.
  ///
  /// - Parameter notice: what is called with the changes; on the thread of the transaction, hence it must be quick.
  /// - Returns: the observation, which ends when it is released.
  public func observeChanges(_ notice: @escaping @Sendable (Changes) -> Void) -> ChangeObservation {
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
  private typealias Observer = (number: Int, notice: @Sendable (Changes) -> Void)
  private let state = Guarded((next: 0, observers: [Observer]()))

  func add(_ notice: @escaping @Sendable (Changes) -> Void) -> Int {
    state.withLock { state in
      state.next += 1
      state.observers.append((state.next, notice))
      return state.next
    }
  }
  func remove(_ number: Int) { state.withLock { $0.observers.removeAll { $0.number == number } } }

  /// In their order: what is cached of other caches is forgotten after these.
  func tell(_ changes: Changes) {
    if changes.isEmpty { return }
    for observer in state.withLock(\.observers) { observer.notice(changes) }
  }
}
