/// A loader asked a cache for what only itself can answer: its own key, or one whose load waits for this one.
///
/// Waiting would never end. Let the loader compute the value without the cache, or give the two things different keys. Goroutines
/// that a loader starts count as part of it.
public struct CacheLoadCycle: Error, Sendable, Equatable, CustomStringConvertible {
  /// The key that was asked for.
  public let key: String
  /// The cache's name, if it has one.
  public let cache: String?
  /// A sentence for people.
  public var description: String {
    "the load of the key \(key)\(cache.map { " of the cache \($0)" } ?? "") waits for itself: "
      + "its loader asks the cache for it"
  }
}

/// A loader threw `CancellationError` although nobody had cancelled the load.
///
/// Not a `CancellationError`, which says that the *caller* was cancelled.
public struct CacheLoadCancelled: Error, Sendable, Equatable, CustomStringConvertible {
  /// The key whose load ended so.
  public let key: String
  /// A sentence for people.
  public var description: String { "the loader of the key \(key) ended with CancellationError by itself" }
}
