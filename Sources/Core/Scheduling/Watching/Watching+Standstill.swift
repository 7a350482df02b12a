import CRevoada

/// Somebody who wants to know when all workers of a scheduler have run out of work.
package final class StandstillListener: Sendable {
  /// Called on the thread of a worker that is about to sleep, with the timers of its scheduler: must be brief, and may only spawn.
  fileprivate let action: @Sendable (Timers) -> Void

  package init(_ action: @escaping @Sendable (Timers) -> Void) { self.action = action }
}

extension Watching {
  private static let listeners = Guarded<[StandstillListener]>([])

  /// Whether somebody wants to know; looked at before a worker sleeps, and nowhere else.
  static var noticesStandstill: Bool { crv_is_watched(2) }

  package static func add(_ listener: StandstillListener) {
    listeners.withLock { $0.append(listener) }
    crv_watch(2, 1)
  }

  package static func remove(_ listener: StandstillListener) {
    let wasThere = listeners.withLock { listeners in
      guard let index = listeners.firstIndex(where: { $0 === listener }) else { return false }
      listeners.remove(at: index)
      return true
    }
    if wasThere { crv_watch(2, -1) }
  }

  static func standstill(of timers: Timers) {
    for listener in listeners.withLock({ $0 }) { listener.action(timers) }
  }
}
