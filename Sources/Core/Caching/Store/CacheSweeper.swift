import RevoadaScheduling
import Synchronization

/// The timer by which expired entries leave memory that nobody asks for any more. There is none while nothing can expire.
final class CacheSweeper: Sendable {
  private struct State {
    var isActive = false
    var timer: TimerEntry?
    var timers: Timers?
  }
  private let state = Guarded(State())
  /// Read without the lock by each write.
  private let isActive = Atomic<Bool>(false)

  /// True for the caller who is to schedule the first sweep.
  func activate() -> Bool {
    !isActive.load(ordering: .acquiring) && !isActive.exchange(true, ordering: .acquiringAndReleasing)
  }

  /// Nothing is left to expire. The caller looks again after that, as something may have come meanwhile.
  func deactivate() { isActive.store(false, ordering: .releasing) }

  func schedule(_ timers: Timers, after delay: Int64, _ action: @escaping @Sendable () -> Void) {
    let timer = timers.schedule(after: delay, action)
    state.withLock {
      $0.timer = timer
      $0.timers = timers
    }
  }

  func stop() {
    let (timers, timer) = state.withLock { ($0.timers, $0.timer) }
    if let timers, let timer { timers.cancel(timer) }
  }
}

extension CacheStore {
  /// Slots looked at under one lock, and in one turn of the timer.
  private static var chunk: Int { 256 }
  private static var turn: Int { 2_048 }

  /// The pause between two passes over all slots: an expired entry stays in memory for about so long at most.
  private var sweepInterval: Int64 {
    let ttl = (configuration.negative?.ttl).map { min($0, configuration.ttl ?? $0) } ?? configuration.ttl
    return min(max(ttl?.nanoseconds ?? .max, 100_000_000), 60_000_000_000)
  }

  /// Called after something that expires has been stored.
  func startSweeping() {
    if sweeper.activate() { scheduleSweep(shard: 0, slot: 0, after: sweepInterval) }
  }

  private func scheduleSweep(shard: Int, slot: Int, after delay: Int64) {
    sweeper.schedule(clock.timers, after: delay) { [weak self] in self?.sweep(shard: shard, slot: slot) }
  }

  /// One turn, on the thread of the timers: brief, whatever the size of the cache.
  private func sweep(shard first: Int, slot: Int) {
    var (index, position, looked) = (first, slot, 0)
    while index < shardCount {
      if looked >= Self.turn { return scheduleSweep(shard: index, slot: position, after: 1_000_000) }
      let next = withShard(shards + index) { shard, gone in
        shard.pointee.sweep(from: position, count: Self.chunk, now: clock.now, gone: &gone)
      }
      looked += Self.chunk
      if let next { position = next } else { (index, position) = (index + 1, 0) }
    }
    if hasExpiring { return scheduleSweep(shard: 0, slot: 0, after: sweepInterval) }
    sweeper.deactivate()
    if hasExpiring { startSweeping() }
  }

  private var hasExpiring: Bool {
    (0..<shardCount).contains { withShard(shards + $0) { shard, _ in shard.pointee.expiring > 0 } }
  }
}
