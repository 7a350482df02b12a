import CoreMetrics
import Logging
import RevoadaInstruments

/// What a cache reports; every metric is nil while nobody listens.
struct CacheInstruments: Sendable {
  let logger: Logger
  /// Whether anybody listens to metrics.
  let isMeasuring: Bool
  let hits: Counter?
  let misses: Counter?
  let loads: Counter?
  let loadFailures: Counter?
  let loadSeconds: Timer?
  let entries: Meter?
  let weight: Meter?
  private let evicted: Counter?
  private let expired: Counter?
  private let invalidated: Counter?
  private let replaced: Counter?

  init(name: String?) {
    let instruments = Instruments(kind: "cache", name: name)
    logger = instruments.logger
    isMeasuring = instruments.isMeasuring
    hits = instruments.counter("hits")
    misses = instruments.counter("misses")
    loads = instruments.counter("loads")
    loadFailures = instruments.counter("load_failures")
    loadSeconds = instruments.timer("load_seconds")
    entries = instruments.meter("entries")
    weight = instruments.meter("weight")
    evicted = instruments.counter("removals", [("reason", "evicted")])
    expired = instruments.counter("removals", [("reason", "expired")])
    invalidated = instruments.counter("removals", [("reason", "invalidated")])
    replaced = instruments.counter("removals", [("reason", "replaced")])
  }

  /// Reports how a shard has changed during one operation.
  func report(from before: ShardReading, to after: ShardReading) {
    count(evicted, after.tally.evicted - before.tally.evicted)
    count(expired, after.tally.expired - before.tally.expired)
    count(invalidated, after.tally.invalidated - before.tally.invalidated)
    count(replaced, after.tally.replaced - before.tally.replaced)
    count(hits, after.tally.hits - before.tally.hits)
    count(misses, after.tally.misses - before.tally.misses)
    count(loads, after.tally.loads - before.tally.loads)
    count(loadFailures, after.tally.loadFailures - before.tally.loadFailures)
    if after.entries != before.entries { entries?.increment(by: Double(after.entries - before.entries)) }
    if after.weight != before.weight { weight?.increment(by: Double(after.weight - before.weight)) }
  }

  private func count(_ counter: Counter?, _ number: Int) {
    if number > 0 { counter?.increment(by: number) }
  }
}

/// A shard's numbers at some moment.
struct ShardReading {
  var tally: CacheTally
  var entries: Int
  var weight: Int
}
