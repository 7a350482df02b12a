import EstoqueDatabase
import Revoada

/// Keeps what was read from the stock until it changes.
///
/// Each entry has topics as tags (`StockTopic`); a transaction of the same `Database` that touches one of them forgets the entry before it
/// returns. What another instance or process changes is heard of a moment later, while `Database.follow()` runs; should a message be lost, it
/// shows when the entry is too old.
public final class ReadCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let cache: TaggedCache<Key, Value>
  private let observation: ChangeObservation

  /// Creates an empty cache.
  /// - Parameters:
  ///   - database: whose changes are heeded.
  ///   - name: for metrics.
  ///   - age: how long an entry is kept at most.
  ///   - entries: how many are kept at most.
  /// - Throws: `InvalidSetting`.
  public init(of database: Database, name: String, age: Duration, entries: Int) throws(InvalidSetting) {
    var configuration = CacheConfiguration<Key, Value>(name: name, ttl: age, maxEntries: entries)
    // What is asked for again and again is read anew long before it is too old, so that nobody waits for it.
    configuration.refreshAfter = age / 3
    let cache = try TaggedCache(configuration)
    self.cache = cache
    observation = database.observeChanges { changes in
      if changes.isUnknown { cache.invalidateAll() }
      for topic in changes.topics { cache.invalidate(tag: topic) }
    }
  }

  /// What is known for a key, or else what `load` reads. However many ask at once, one of them reads.
  /// - Throws: what `load` throws; `CancellationError`.
  nonisolated(nonsending)
    public func get(_ key: Key, topics: [String], load: @escaping @Sendable () async throws -> Value)
    async throws -> Value
  {
    try await cache.get(key, tags: topics, load: load)
  }

  /// Whether a key is known at present: then ``get(_:topics:load:)`` will hardly wait. Counts and reads nothing.
  public func has(_ key: Key) -> Bool { cache.peek(key) != nil }

  /// Forgets everything.
  public func clear() { cache.invalidateAll() }

  /// What the cache has done so far.
  public var stats: CacheStatistics { cache.stats }
}
