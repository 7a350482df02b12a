import CRevoada
import RevoadaInstruments
import RevoadaScheduling
import Synchronization

/// The memory and the rules of a cache; ``Cache``, ``CoalescingCache`` and ``TaggedCache`` are its faces.
///
/// Keys are spread over shards by the high bits of their hashes, so that readers on several cores seldom meet.
@usableFromInline
package final class CacheStore<Key: Hashable & Sendable, Value: Sendable>: @unchecked Sendable {
  // Each shard is protected by its lock, `tags` by `tagLock`; the rest is constant or atomic.
  @usableFromInline package typealias Content = CacheContent<Key, Value>
  @usableFromInline typealias Flight = CacheFlight<Key, Value>

  @usableFromInline let shards: UnsafeMutablePointer<CacheShard<Key, Value>>
  let shardCount: Int
  @usableFromInline let shardShift: Int
  package let configuration: CacheConfiguration<Key, Value>
  /// Of the scheduler on which the cache was made: one cache, one clock.
  @usableFromInline let clock: CacheClock
  /// Counts the invalidations of everything and of tags. Advanced under `tagLock`.
  @usableFromInline let epoch = Atomic<UInt64>(0)
  private let tagLock = Lock()
  private var tags = TagTable()
  let instruments: CacheInstruments
  @usableFromInline let isMeasuring: Bool
  let sweeper = CacheSweeper()

  package init(_ configuration: CacheConfiguration<Key, Value>) {
    self.configuration = configuration
    clock = CacheClock(timers: .current)
    instruments = CacheInstruments(name: configuration.name)
    isMeasuring = instruments.isMeasuring
    let limit = configuration.limit
    shardCount = Self.shardCount(limit: limit, isWeighted: configuration.maxWeight != nil)
    shardShift = Int.bitWidth - shardCount.trailingZeroBitCount
    shards = .allocate(capacity: shardCount)
    for index in 0..<shardCount {
      // The first shards take the remainder: the limits add up.
      let share = limit / shardCount + (index < limit % shardCount ? 1 : 0)
      (shards + index).initialize(to: CacheShard(limit: limit == .max ? .max : share))
    }
    if let problem = configuration.problem {
      instruments.logger.warning("the cache keeps nothing: \(problem)")
    }
  }
  deinit {
    sweeper.stop()
    shards.deinitialize(count: shardCount)
    shards.deallocate()
  }

  /// At most 16, each with room for 256 entries at least, so that chance does not fill one long before the others. By weight one entry
  /// may be as large as the cache: there is one shard.
  private static func shardCount(limit: Int, isWeighted: Bool) -> Int {
    if isWeighted || limit < 512 { return 1 }
    return min(16, (limit / 256).nextPowerOfTwo / 2)
  }

  @inlinable @inline(__always)
  func shard(_ hash: Int) -> UnsafeMutablePointer<CacheShard<Key, Value>> {
    shards + Int(bitPattern: UInt(bitPattern: hash) >> UInt(shardShift))
  }

  @inlinable @inline(__always)
  func lock(of shard: UnsafeMutablePointer<CacheShard<Key, Value>>) -> UnsafeMutablePointer<crv_lock> {
    shard.pointee.lock.word
  }

  // MARK: Looking up

  /// The answer for a key, if there is one that is right; finding none is a miss.
  @inlinable @inline(__always)
  package func hit(_ key: Key) -> Result<Value, any Error>? {
    look(key, key.hashValue, countsMiss: true, nil) { $0.pointee.tally.misses &+= 1 }
  }

  /// The answer for a key, if there is one that is right.
  /// - Parameters:
  ///   - countsMiss: whether finding none is a miss; else the caller goes on to ``load(_:_:tags:_:)``.
  ///   - loader: refreshes the value if it is due.
  ///   - ifAbsent: called with the shard's lock held where there is no entry at all, unless metrics are on.
  @inlinable @inline(__always)
  func look(
    _ key: Key, _ hash: Int, countsMiss: Bool, _ loader: @autoclosure () -> CacheLoader<Key, Value>?,
    ifAbsent: (UnsafeMutablePointer<CacheShard<Key, Value>>) -> Void
  ) -> Result<Value, any Error>? {
    let shard = shard(hash)
    let now = clock.now
    if isMeasuring { return lookCloser(key, hash, now: now, countsMiss: countsMiss, loader()) }
    let lock = lock(of: shard)
    crv_lock_acquire(lock)
    let slot = shard.pointee.find(key, hash)
    if slot >= 0, shard.pointee.table.slots[slot].attention > now,
      shard.pointee.table.slots[slot].stamp == epoch.load(ordering: .acquiring)
    {
      shard.pointee.policy.touch(slot, shard.pointee.table.slots)
      shard.pointee.tally.hits &+= 1
      let result = shard.pointee.contents[slot].result
      crv_lock_release(lock)
      return result
    }
    if slot < 0 { ifAbsent(shard) }
    crv_lock_release(lock)
    if slot < 0 { return nil }
    return lookCloser(key, hash, now: now, countsMiss: countsMiss, loader())
  }

  /// The same for an entry that is due for a refresh, has expired or is of an older epoch, and for all when metrics are on.
  @usableFromInline
  func lookCloser(
    _ key: Key, _ hash: Int, now: Int64, countsMiss: Bool, _ loader: CacheLoader<Key, Value>?
  ) -> Result<Value, any Error>? {
    let (result, refresh) = withShard(hash) { shard, gone -> (Result<Value, any Error>?, Flight?) in
      guard let slot = rightSlot(key, hash, shard, now: now, &gone) else {
        if countsMiss { shard.pointee.tally.misses += 1 }
        return (nil, nil)
      }
      shard.pointee.policy.touch(slot, shard.pointee.table.slots)
      shard.pointee.tally.hits += 1
      let result = shard.pointee.content(slot).result
      guard loader != nil, shard.pointee.table.slots[slot].attention <= now,
        shard.pointee.flights[key] == nil
      else { return (result, nil) }
      return (result, takeOff(key, hash, shard, tags: nil, isRefresh: true))
    }
    if let refresh, let loader { start(refresh, loader) }
    return result
  }

  /// The answer, without counting, touching or refreshing anything.
  package func peek(_ key: Key) -> Value? {
    let hash = key.hashValue
    let now = clock.now
    let result = withShard(hash) { shard, gone in
      rightSlot(key, hash, shard, now: now, &gone).map { shard.pointee.content($0).result }
    }
    return try? result?.get()
  }

  /// With the shard's lock held: the slot of a key whose entry is neither expired nor invalidated; else it is removed.
  func rightSlot(
    _ key: Key, _ hash: Int, _ shard: UnsafeMutablePointer<CacheShard<Key, Value>>, now: Int64,
    _ gone: inout [Content]
  ) -> Int? {
    let slot = shard.pointee.find(key, hash)
    if slot < 0 { return nil }
    let info = shard.pointee.table.slots[slot]
    if info.expires <= now {
      shard.pointee.remove(slot, .expired, &gone)
      return nil
    }
    guard let current = currentEpoch(shard.pointee.content(slot).tags, since: info.stamp) else {
      shard.pointee.remove(slot, .invalidated, &gone)
      return nil
    }
    // Right in the present epoch: as good as created in it.
    shard.pointee.table.slots[slot].stamp = current
    return slot
  }

  /// The present epoch, if nothing with these tags has been invalidated since `stamp`.
  func currentEpoch(_ entryTags: [String], since stamp: UInt64) -> UInt64? {
    let now = epoch.load(ordering: .acquiring)
    if stamp == now { return now }
    return tagLock.withLock {
      tags.isCurrent(entryTags, since: stamp) ? epoch.load(ordering: .relaxed) : nil
    }
  }

  // MARK: Writing

  /// Stores a value. A load of the key that is under way will not publish.
  package func set(_ key: Key, _ value: Value, ttl: Duration?, tags: [String]) {
    let hash = key.hashValue
    let now = clock.now
    let content = Content(key: key, result: .success(value), tags: tags)
    let (term, weight) = (term(content.result, now: now, ttl: ttl), configuration.weight(key, content.result))
    let overtaken = withShard(hash) { shard, gone in
      let stamp = epoch.load(ordering: .acquiring)
      shard.pointee.store(content, hash, term, stamp: stamp, weight: weight, now: now, gone: &gone)
      return overtake(key, shard)
    }
    overtaken?.cancel()
    if term.expires != .max { startSweeping() }
  }

  package func invalidate(_ key: Key) {
    let hash = key.hashValue
    let overtaken = withShard(hash) { shard, gone in
      let slot = shard.pointee.find(key, hash)
      if slot >= 0 { shard.pointee.remove(slot, .invalidated, &gone) }
      return overtake(key, shard)
    }
    overtaken?.cancel()
  }

  /// From the advance of the epoch on, nothing of before is served or published; the rest only frees memory.
  package func invalidateAll() {
    let stamp = tagLock.withLock {
      let stamp = epoch.add(1, ordering: .acquiringAndReleasing).newValue
      tags.invalidateAll(at: stamp)
      return stamp
    }
    for index in 0..<shardCount {
      let overtaken = withShard(shards + index) { shard, gone in
        shard.pointee.clear(before: stamp, gone: &gone)
        let old = shard.pointee.flights.filter { $0.value.stamp < stamp }
        return old.keys.compactMap { overtake($0, shard) }
      }
      for goroutine in overtaken { goroutine.cancel() }
    }
  }

  /// In constant time: entries with the tag are dropped when somebody comes across them.
  package func invalidate(tag: String) {
    tagLock.withLock {
      tags.invalidate(tag, at: epoch.add(1, ordering: .acquiringAndReleasing).newValue)
    }
  }

  /// With the shard's lock held: takes a key's load out, so that it does not publish.
  /// - Returns: what is to be cancelled without the lock: a load that nobody waits for.
  private func overtake(
    _ key: Key, _ shard: UnsafeMutablePointer<CacheShard<Key, Value>>
  ) -> Goroutine<Void>? {
    guard let flight = shard.pointee.flights.removeValue(forKey: key), flight.callers == 0 else { return nil }
    return flight.abandon()
  }

  func term(_ result: Result<Value, any Error>, now: Int64, ttl: Duration? = nil) -> CacheTerm {
    let isNegative = configuration.negative?.matches(result) ?? false
    let random = configuration.jitter > 0 ? Double(crv_random() >> 11) * 0x1p-53 : 0
    return configuration.term(now: now, ttl: ttl, isNegative: isNegative, random: random)
  }

  // MARK: Shards

  func withShard<R>(
    _ hash: Int, _ body: (UnsafeMutablePointer<CacheShard<Key, Value>>, inout [Content]) -> R
  ) -> R {
    withShard(shard(hash), body)
  }

  /// Runs `body` under the shard's lock; releases what leaves the cache, and reports to metrics, without it.
  func withShard<R>(
    _ shard: UnsafeMutablePointer<CacheShard<Key, Value>>,
    _ body: (UnsafeMutablePointer<CacheShard<Key, Value>>, inout [Content]) -> R
  ) -> R {
    var gone: [Content] = []
    let lock = lock(of: shard)
    crv_lock_acquire(lock)
    let before = isMeasuring ? shard.pointee.reading : nil
    let result = body(shard, &gone)
    let after = isMeasuring ? shard.pointee.reading : nil
    crv_lock_release(lock)
    if let before, let after { instruments.report(from: before, to: after) }
    return result
  }

  package var statistics: CacheStatistics {
    var sum = CacheStatistics()
    for index in 0..<shardCount {
      let reading = withShard(shards + index) { shard, _ in shard.pointee.reading }
      sum.add(reading.tally)
      sum.entries += reading.entries
      sum.weight += reading.weight
    }
    return sum
  }
}

extension CacheConfiguration {
  /// Why the cache keeps nothing, if it does.
  fileprivate var problem: InvalidSetting? {
    do {
      try validate()
      return nil
    } catch { return error }
  }
}

extension CacheShard {
  var reading: ShardReading { ShardReading(tally: tally, entries: table.count, weight: policy.weight) }
}

/// The scheduler's time, for inlined code.
@usableFromInline
struct CacheClock: Sendable {
  let timers: Timers
  @usableFromInline var now: Int64 { timers.now }
}
