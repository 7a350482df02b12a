import RevoadaScheduling

/// A cache that loads what it does not have: once, however many calls ask for it at the same time.
///
/// ```swift
/// let lengths = CoalescingCache<String, Int>(ttl: .seconds(60), maxEntries: 10_000) { key in key.count }
/// let length = try await lengths.get("key")
/// lengths.invalidate("key")
/// ```
///
/// See ``AnyCache`` for what all caches promise, and ``CacheConfiguration`` for refresh-ahead, stale values, negative answers and weights.
public final class CoalescingCache<Key: Hashable & Sendable, Value: Sendable>: AnyCache<Key, Value>,
  @unchecked Sendable
{
  @usableFromInline let loader: CacheLoader<Key, Value>

  /// Creates an empty cache.
  /// - Parameters:
  ///   - ttl: how long a value is served; nil for ever. With zero or less the cache keeps nothing (calls still share loads), and says so
  ///     in the log.
  ///   - maxEntries: beyond this number some are evicted; nil for no limit. The same holds below 1.
  ///   - load: answers for a key. It is cancelled when all calls that wait for it have been; it may use this cache for other
  ///     keys.
  public init(
    ttl: Duration? = nil, maxEntries: Int? = nil, load: @escaping @Sendable (Key) async throws -> Value
  ) {
    loader = { TaggedValue(try await load($0)) }
    super.init(store: CacheStore(CacheConfiguration(ttl: ttl, maxEntries: maxEntries)))
  }

  /// Creates an empty cache with any configuration.
  public init(
    _ configuration: CacheConfiguration<Key, Value>,
    load: @escaping @Sendable (Key) async throws -> Value
  ) throws(InvalidSetting) {
    try configuration.validate()
    loader = { TaggedValue(try await load($0)) }
    super.init(store: CacheStore(configuration))
  }

  /// The value for a key; suspends, cancels and throws as ``AnyCache/get(_:load:)``.
  @inlinable
  nonisolated(nonsending)
    public func get(_ key: Key) async throws -> Value
  {
    try await store.get(key, loader)
  }
}
