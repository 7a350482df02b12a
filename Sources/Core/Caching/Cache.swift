import RevoadaScheduling

/// A cache with a time to live and a limit, to get from and set to.
///
/// ```swift
/// let sessions = Cache<String, Int>(ttl: .seconds(60), max: 10_000)
/// sessions.set("ana", 7)
/// let user = sessions.get("ana")
/// ```
///
/// Neither call suspends. See ``AnyCache`` for what all caches promise, and ``AnyCache/get(_:load:)`` to load what is missing.
public final class Cache<Key: Hashable & Sendable, Value: Sendable>: AnyCache<Key, Value>, @unchecked Sendable
{
  /// Creates an empty cache.
  /// - Parameters:
  ///   - ttl: how long a value is served; nil for ever. With zero or less the cache keeps nothing, and says so in the log.
  ///   - max: the number of entries beyond which some are evicted; nil for no limit. The same holds below 1.
  public init(ttl: Duration? = nil, max: Int? = nil) {
    super.init(store: CacheStore(CacheConfiguration(ttl: ttl, maxEntries: max)))
  }

  /// Creates an empty cache with any configuration.
  public init(_ configuration: CacheConfiguration<Key, Value>) throws(InvalidSetting) {
    try configuration.validate()
    super.init(store: CacheStore(configuration))
  }

  /// The value for a key, if there is one that has neither expired nor been forgotten.
  @inlinable
  public func get(_ key: Key) -> Value? {
    guard case .success(let value)? = store.hit(key) else { return nil }
    return value
  }
}
