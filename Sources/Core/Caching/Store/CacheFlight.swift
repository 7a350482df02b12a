import RevoadaScheduling

/// A load of one key, and everybody who waits for it.
@usableFromInline
package final class CacheFlight<Key: Hashable & Sendable, Value: Sendable>: LoadNode, @unchecked Sendable {
  // `callers`, `goroutine` and `isCancelled` are protected by the shard's lock; `outcome` is written once, before `done`.

  package let key: Key
  package let hash: Int
  /// The store's epoch when the load began: it publishes only what no later invalidation concerns.
  @usableFromInline package let stamp: UInt64
  /// The tags that the value will have; nil if they come with it.
  package let tags: [String]?
  /// Begun for a hit, which did not wait.
  package let isRefresh: Bool
  @exclusivity(unchecked) @usableFromInline package var callers: Int
  package private(set) var isCancelled = false
  package var goroutine: Goroutine<Void>?
  @exclusivity(unchecked) @usableFromInline package var outcome: Result<Value, any Error>?
  @usableFromInline package let done = Completion()

  package init(key: Key, hash: Int, stamp: UInt64, tags: [String]?, isRefresh: Bool) {
    self.key = key
    self.hash = hash
    self.stamp = stamp
    self.tags = tags
    self.isRefresh = isRefresh
    callers = isRefresh ? 0 : 1
  }

  /// With the shard's lock held: marks the flight as cancelled, and hands over what is to be cancelled without it.
  package func abandon() -> Goroutine<Void>? {
    isCancelled = true
    return goroutine
  }
}
