/// What a cache has done since it was made; a snapshot.
///
/// Two ledgers always balance: ``stored`` = ``entries`` + ``replaced`` + ``evicted`` + ``expired`` + ``invalidated``, and
/// ``loads`` = ``loadsPublished`` + ``loadsDiscarded`` + ``loadFailures`` + ``loadsCancelled`` + ``inFlight``.
public struct CacheStatistics: Sendable, Equatable {
  /// Calls that found an answer, negative ones included.
  public var hits = 0
  /// Calls that did not.
  public var misses = 0
  /// Misses that joined a load which another call had begun.
  public var coalesced = 0
  /// Loads begun, refreshes included.
  public var loads = 0
  /// Loads whose answer was handed to the cache.
  public var loadsPublished = 0
  /// Loads whose answer came after a write or an invalidation of their key: their callers got it, the cache did not.
  public var loadsDiscarded = 0
  /// Loads that threw an error which is not a negative answer.
  public var loadFailures = 0
  /// Loads that were cancelled because nobody waited for them any more.
  public var loadsCancelled = 0
  /// Loads begun by a hit, in the background.
  public var refreshes = 0
  /// Loads under way.
  public var inFlight = 0
  /// Entries put into the cache.
  public var stored = 0
  /// Answers that were not: heavier than the cache, or with no time to live.
  public var refused = 0
  /// Entries that gave way to a new value of their key.
  public var replaced = 0
  /// Entries that gave way to others.
  public var evicted = 0
  /// Entries whose time had come.
  public var expired = 0
  /// Entries removed by an invalidation.
  public var invalidated = 0
  /// Entries in memory; some may have expired or been invalidated by their tag.
  public var entries = 0
  /// The sum of their weights.
  public var weight = 0

  /// The share of calls that found an answer, from 0 to 1; 0 before the first call.
  public var hitRatio: Double { hits + misses == 0 ? 0 : Double(hits) / Double(hits + misses) }

  mutating func add(_ tally: CacheTally) {
    hits += tally.hits
    misses += tally.misses
    coalesced += tally.coalesced
    loads += tally.loads
    loadsPublished += tally.published
    loadsDiscarded += tally.loadsDiscarded
    loadFailures += tally.loadFailures
    loadsCancelled += tally.loadsCancelled
    refreshes += tally.refreshes
    inFlight += tally.inFlight
    stored += tally.stored
    refused += tally.refused
    replaced += tally.replaced
    evicted += tally.evicted
    expired += tally.expired
    invalidated += tally.invalidated
  }
}
