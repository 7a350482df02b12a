import RevoadaScheduling

/// A ``Bulkhead`` for each key: a tenant, a host, an account.
///
/// ```swift
/// let hosts = KeyedBulkhead<String>(name: "hosts", limit: 4, queue: 20)
/// let page = try await hosts.execute(host) { try await fetch(url) }
/// ```
///
/// Only keys for whom something runs or waits take up memory for long: others are dropped as new ones come.
public final class KeyedBulkhead<Key: Hashable & Sendable>: Sendable {
  /// The name, in errors.
  public let name: String
  private let limit: Int
  private let queue: Int?
  private let bulkheads: KeyedObjects<Key, Bulkhead>

  /// Creates a bulkhead for each key that comes.
  ///
  /// - Parameters:
  ///   - name: for errors.
  ///   - limit: how many calls of a key run at a time.
  ///   - queue: how many may wait for each key; nil for any number.
  public init(name: String, limit: Int, queue: Int? = nil) {
    self.name = name
    self.limit = limit
    self.queue = queue
    // An idle bulkhead is as good as new, so no limit is needed.
    bulkheads = KeyedObjects(limit: .max, cost: { _ in 0 }) {
      Bulkhead(kind: "bulkhead", name: name, limit: limit, queue: queue, isSilent: true)
    }
  }

  /// Finds a setting that the bulkheads cannot work with.
  public func validate() throws(InvalidSetting) {
    try Bulkhead(kind: "bulkhead", name: name, limit: limit, queue: queue, isSilent: true).validate()
  }

  /// How many keys are kept at present.
  public var keys: Int { bulkheads.count }

  /// The ledger of a key; nil if it is idle and forgotten.
  public func stats(of key: Key) -> Bulkhead.Stats? { bulkheads[key]?.stats }

  /// Runs `body` when there is a place for its key; see ``Bulkhead/execute(_:)``.
  nonisolated(nonsending)
    public func execute<R>(
      _ key: Key, _ body: nonisolated(nonsending) () async throws -> R
    ) async throws -> R
  {
    try await bulkheads.with(key) { try await $0.execute(body) }
  }
}
