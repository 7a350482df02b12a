import RevoadaScheduling

/// What all caches have: ``Cache``, ``CoalescingCache`` and ``TaggedCache``.
///
/// **Epochs.** A load that began before a write or an invalidation of its key never publishes. Calls that were waiting for it get its
/// value, which is right as of their call; calls that come after the invalidation never see it, and begin a load of their own.
///
/// **Limits.** When the cache is full, a new entry competes with the least recently used ones, and those that were asked
/// for more often lately stay (W-TinyLFU). With room for 512 entries or more the cache is divided into parts by the keys' hashes, and
/// entries compete within their part: it can evict a little before it is full altogether, never exceed its limit.
///
/// **Time** is that of the scheduler on which the cache was made. Expired entries are not served, and leave memory within about
/// another time to live, a minute at most.
///
/// **Cost**, on one core of 2026: about 50 ns a hit, 1.5 µs for each of many callers of one load (`make bench-flow`).
public class AnyCache<Key: Hashable & Sendable, Value: Sendable>: @unchecked Sendable {
  // Sendable: the store is.
  @usableFromInline package final let store: CacheStore<Key, Value>

  init(store: CacheStore<Key, Value>) { self.store = store }
  deinit { store.abandonRefreshes() }

  /// The cache's choices.
  public final var configuration: CacheConfiguration<Key, Value> { store.configuration }

  /// The value for a key, loading it if need be.
  ///
  /// However many calls want the same key at once, one of them loads it and all get the answer. The load runs in
  /// a goroutine of its own, with the task-local values of the call that began it.
  ///
  /// Suspends while the value is loaded. Cancelling the task ends the wait; the load is cancelled with the last of its callers, and a call
  /// that comes after that begins a new one. A hit succeeds even in a cancelled task.
  ///
  /// - Throws: what `load` throws, to every call that waited for it, and nothing is cached unless
  ///   ``CacheConfiguration/negative`` says so; ``CacheLoadCycle`` if `load` asks for what waits for it;
  ///   ``CacheLoadCancelled``; `CancellationError`.
  @inlinable
  nonisolated(nonsending)
    public final func get(_ key: Key, load: @escaping @Sendable () async throws -> Value) async throws
    -> Value
  {
    try await store.get(key) { _ in TaggedValue(try await load()) }
  }

  /// The value for a key, if the cache has one, without counting the call or loading or refreshing anything.
  public final func peek(_ key: Key) -> Value? { store.peek(key) }

  /// Stores a value. A load of the key that is under way will not overwrite it.
  /// - Parameters:
  ///   - key: the key.
  ///   - value: what `get` gives from now on.
  ///   - ttl: how long it is kept, instead of ``CacheConfiguration/ttl``; zero or less keeps nothing.
  public final func set(_ key: Key, _ value: Value, ttl: Duration? = nil) {
    store.set(key, value, ttl: ttl, tags: [])
  }

  /// Forgets a key. Calls from now on do not see the old value, nor that of a load under way.
  public final func invalidate(_ key: Key) { store.invalidate(key) }

  /// Forgets everything, in one step: no call that comes later sees anything of before.
  public final func invalidateAll() { store.invalidateAll() }

  /// What the cache has done so far.
  public final var stats: CacheStatistics { store.statistics }
}
