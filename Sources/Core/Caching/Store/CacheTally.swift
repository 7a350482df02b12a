/// What one shard counts; its lock protects it.
@usableFromInline
package struct CacheTally: Sendable {
  @usableFromInline package var hits = 0
  @usableFromInline package var misses = 0
  @usableFromInline package var coalesced = 0
  package var loads = 0
  package var published = 0
  package var loadFailures = 0
  package var loadsCancelled = 0
  package var loadsDiscarded = 0
  package var refreshes = 0
  package var inFlight = 0
  package var stored = 0
  package var refused = 0
  package var replaced = 0
  package var evicted = 0
  package var expired = 0
  package var invalidated = 0
}

/// Why an entry leaves a cache.
package enum RemovalReason: Sendable { case evicted, expired, invalidated }
