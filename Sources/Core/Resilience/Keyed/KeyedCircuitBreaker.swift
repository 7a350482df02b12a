import RevoadaScheduling

/// A ``CircuitBreaker`` for each key: a host, a tenant, a shard.
///
/// ```swift
/// let hosts = KeyedCircuitBreaker<String>(name: "hosts", threshold: 5, openFor: .seconds(30))
/// let page = try await hosts.call(host) { try await fetch(url) }
/// ```
///
/// At most `maxKeys` breakers are kept. A closed one without failures is as good as new and is dropped when others need
/// its room; if there are too many even so, those with the fewest failures are forgotten before the open ones.
public final class KeyedCircuitBreaker<Key: Hashable & Sendable>: Sendable {
  /// The name, in errors and metrics of all its breakers.
  public let name: String
  private let breakers: KeyedObjects<Key, CircuitBreaker>
  private let fault: InvalidSetting?

  /// Creates a breaker for each key that comes; see
  /// ``CircuitBreaker/init(name:trip:slowCalls:openFor:halfOpenProbes:halfOpenFor:failIf:)``.
  ///
  /// - Parameters:
  ///   - name: for errors and metrics.
  ///   - trip: when a breaker opens.
  ///   - openFor: how long it refuses calls before it tries again.
  ///   - halfOpenProbes: how many calls at a time it then lets through, and how many must succeed.
  ///   - maxKeys: how many breakers are kept beyond those in use.
  ///   - failIf: which errors are failures of the service; nil: all are.
  public init(
    name: String, trip: BreakerTrip, openFor: Duration = .seconds(30), halfOpenProbes: Int = 1,
    maxKeys: Int = 10_000, failIf: (@Sendable (any Error) -> Bool)? = nil
  ) {
    self.name = name
    let make: @Sendable () -> CircuitBreaker = {
      CircuitBreaker(
        name: name, trip: trip, openFor: openFor, halfOpenProbes: halfOpenProbes, failIf: failIf)
    }
    var check = SettingsCheck("keyed circuit breaker", name)
    check.require(maxKeys >= 1, "max keys", maxKeys, "at least 1")
    fault = check.fault ?? make().fault
    breakers = KeyedObjects(limit: maxKeys, cost: \.memories, make: make)
  }

  /// Creates a breaker for each key, which opens after `threshold` failures in a row.
  public convenience init(
    name: String, threshold: Int = 5, openFor: Duration = .seconds(30), halfOpenProbes: Int = 1,
    maxKeys: Int = 10_000, failIf: (@Sendable (any Error) -> Bool)? = nil
  ) {
    self.init(
      name: name, trip: .consecutive(threshold), openFor: openFor, halfOpenProbes: halfOpenProbes,
      maxKeys: maxKeys, failIf: failIf)
  }

  /// Finds a setting that the breakers cannot work with.
  public func validate() throws(InvalidSetting) { if let fault { throw fault } }

  /// How many keys are kept at present.
  public var keys: Int { breakers.count }

  /// The breaker of a key; nil if it is idle and forgotten.
  public subscript(key: Key) -> CircuitBreaker? { breakers[key] }

  /// Calls `body` if the breaker of its key lets it through; see ``CircuitBreaker/call(_:)``.
  nonisolated(nonsending)
    public func call<R>(
      _ key: Key, _ body: nonisolated(nonsending) () async throws -> R
    ) async throws -> R
  {
    try validate()
    return try await breakers.with(key) { try await $0.call(body) }
  }
}

extension CircuitBreaker {
  /// What would be lost with the breaker: 0 if it is as good as new.
  var memories: Int64 {
    lock.withLock {
      if !machine.isClosed { return .max - 1 }
      return Int64(max(machine.failuresInARow, machine.window?.total.calls ?? 0))
    }
  }
}
