import CRevoada
import Synchronization

/// Whether somebody watches: a profiler, a deadlock detector, a leak check.
///
/// What goroutines wait for is in their cells and queues anyway, and is read from there when somebody asks. Being watched
/// therefore adds nothing to a wait; what it adds is a list of the goroutines that are spawned meanwhile and, on request, the
/// holders of locks and permits. While nobody watches, that costs a look at one word per spawn.
@usableFromInline
package enum Watching {
  /// Whether goroutines that are spawned now are watched.
  package static var isOn: Bool { crv_is_watched(0) }
  /// Whether somebody wants to know, too, who holds permits and locks. Who has taken one before does not say.
  @inlinable @inline(__always)
  package static var noticesHolders: Bool { crv_is_watched(1) }

  /// Every `begin` needs an ``end(holders:)``.
  package static func begin(holders: Bool = false) {
    if holders { crv_watch(1, 1) }
    crv_watch(0, 1)
  }
  package static func end(holders: Bool = false) {
    crv_watch(0, -1)
    if holders { crv_watch(1, -1) }
  }

  /// Marks the goroutines that are spawned in the code under it, and by those.
  @TaskLocal package static var scope: WatchScope?

  private static let shardCount = 16
  // Unsafe: the memory is never freed, and each shard has a lock.
  nonisolated(unsafe) private static let shards = WatchShard.make(shardCount)
  private static let observers = Guarded<[any GoroutineObserver]>([])
  private static let hasObservers = Atomic<Bool>(false)

  static func shard(of goroutine: AnyGoroutine) -> UnsafeMutablePointer<WatchShard> {
    WatchShard.at(Int(truncatingIfNeeded: goroutine.id) & (shardCount - 1), of: shards)
  }

  /// All goroutines that are watched and have not ended.
  ///
  /// They are kept from ending only as objects; see ``AnyGoroutine/observe(_:)``.
  package static var goroutines: [AnyGoroutine] {
    (0..<shardCount).flatMap { WatchShard.at($0, of: shards).goroutines }
  }

  // MARK: Observers

  /// Tells `observer` of all goroutines that are spawned and end from now on.
  package static func add(_ observer: any GoroutineObserver) {
    observers.withLock {
      $0.append(observer)
      hasObservers.store(true, ordering: .relaxed)
    }
    begin()
  }

  package static func remove(_ observer: any GoroutineObserver) {
    let wasThere = observers.withLock { observers in
      guard let index = observers.firstIndex(where: { $0 === observer }) else { return false }
      observers.remove(at: index)
      hasObservers.store(!observers.isEmpty, ordering: .relaxed)
      return true
    }
    if wasThere { end() }
  }

  static var isObserved: Bool { hasObservers.load(ordering: .relaxed) }
  static var currentObservers: [any GoroutineObserver] { isObserved ? observers.withLock { $0 } : [] }
}

/// What is to be told of goroutines that are spawned and end. Called in the goroutine or its spawner; must be brief.
package protocol GoroutineObserver: AnyObject, Sendable {
  /// A goroutine was spawned; `time` is that of its timers.
  func spawned(_ goroutine: AnyGoroutine, at time: Int64)
  /// It ended, `lifetime` nanoseconds later.
  func ended(_ goroutine: AnyGoroutine, _ ending: GoroutineEnding, lifetime: Int64)
}

/// How a goroutine ended.
package enum GoroutineEnding: Sendable {
  case completed, failed, cancelled
}

/// What a goroutine was spawned in, for those who ask only for their own: see ``Watching/scope``.
package final class WatchScope: Sendable {
  package init() {}
}
