import RevoadaScheduling

/// A value, and the tags by which it can be invalidated.
public struct TaggedValue<Value> {
  /// The value.
  public var value: Value
  /// Names of what the value was made of.
  public var tags: [String]
  /// Tags a value.
  public init(_ value: Value, tags: [String] = []) {
    self.value = value
    self.tags = tags
  }
}
extension TaggedValue: Sendable where Value: Sendable {}

/// A cache whose entries carry tags, all entries of a tag being forgotten at once.
///
/// ```swift
/// let pages = TaggedCache<String, String>(ttl: .seconds(60))
/// pages.set("/stock", "…", tags: ["product:1", "product:2"])
/// pages.invalidate(tag: "product:2")
/// ```
///
/// Invalidating a tag takes the same time however many entries have it, and also catches loads that began before
/// it, even those whose tags are known only when they end. The last 8,192 invalidations of tags are on record; an entry that was
/// neither stored nor read since before those is dropped if it has tags.
///
/// See ``AnyCache`` for what all caches promise.
public final class TaggedCache<Key: Hashable & Sendable, Value: Sendable>: AnyCache<Key, Value>,
  @unchecked Sendable
{
  /// Creates an empty cache; the parameters are as for ``Cache/init(ttl:max:)``.
  public init(ttl: Duration? = nil, maxEntries: Int? = nil) {
    super.init(store: CacheStore(CacheConfiguration(ttl: ttl, maxEntries: maxEntries)))
  }

  /// Creates an empty cache with any configuration.
  public init(_ configuration: CacheConfiguration<Key, Value>) throws(InvalidSetting) {
    try configuration.validate()
    super.init(store: CacheStore(configuration))
  }

  /// The value for a key, if there is one that has neither expired nor been invalidated.
  @inlinable
  public func get(_ key: Key) -> Value? {
    guard case .success(let value)? = store.hit(key) else { return nil }
    return value
  }

  /// Stores a value with tags; otherwise as ``AnyCache/set(_:_:ttl:)``.
  public func set(_ key: Key, _ value: Value, tags: [String], ttl: Duration? = nil) {
    store.set(key, value, ttl: ttl, tags: tags)
  }

  /// The value for a key, loading it if need be; the loaded value has these tags. Suspends, cancels and throws
  /// as ``AnyCache/get(_:load:)``.
  nonisolated(nonsending)
    public func get(_ key: Key, tags: [String], load: @escaping @Sendable () async throws -> Value)
    async throws -> Value
  {
    try await get(key, tags) { _ in TaggedValue(try await load(), tags: tags) }
  }

  /// The same, with a loader that says which tags the value has.
  ///
  /// Calls do not join a load that began before an invalidation of any tag, as that may concern it.
  nonisolated(nonsending)
    public func get(_ key: Key, loadTagged load: @escaping @Sendable () async throws -> TaggedValue<Value>)
    async throws -> Value
  {
    try await get(key, nil) { _ in try await load() }
  }

  nonisolated(nonsending)
    private func get(_ key: Key, _ tags: [String]?, _ loader: @escaping CacheLoader<Key, Value>)
    async throws -> Value
  {
    try await store.get(key, tags: tags, loader)
  }

  /// Forgets all entries that have the tag. Calls from now on do not see them, nor values of loads under way.
  public func invalidate(tag: String) { store.invalidate(tag: tag) }
}
