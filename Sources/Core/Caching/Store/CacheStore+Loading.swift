import RevoadaScheduling
import Synchronization

/// What answers for a key that the cache does not have.
@usableFromInline
package typealias CacheLoader<Key, Value> = @Sendable (Key) async throws -> TaggedValue<Value>

extension CacheStore {
  /// What a call that found no answer does.
  private enum Turn {
    /// There is one by now.
    case found(Result<Value, any Error>)
    /// Begins a load.
    case lead(Flight)
    /// Waits for the load that another call has begun.
    case follow(Flight)
  }

  /// The answer for a key: the one that is there, or that of a load, which many calls share.
  ///
  /// Specialised for the caller's types, together with joining a load: many calls do that at once.
  /// - Parameter tags: those that the value will have, if that is known before; nil if not.
  @inlinable
  nonisolated(nonsending)
    package func get(
      _ key: Key, tags: [String]? = [], _ loader: @escaping CacheLoader<Key, Value>
    ) async throws -> Value
  {
    let hash = key.hashValue
    var flight: Flight?
    let found = look(key, hash, countsMiss: false, loader) { shard in
      flight = shard.pointee.join(key, epoch: epoch.load(ordering: .acquiring))
    }
    if let found { return try found.get() }
    if let flight { return try await value(of: flight) }
    return try await load(key, hash, tags, loader)
  }

  /// The same where there is neither an answer nor a load that began in this epoch, or metrics are on.
  @usableFromInline
  nonisolated(nonsending)
    func load(
      _ key: Key, _ hash: Int, _ tags: [String]?, _ loader: @escaping CacheLoader<Key, Value>
    ) async throws -> Value
  {
    try Task.checkCancellation()
    switch takeTurn(key, hash, tags) {
    case .found(let result): return try result.get()
    case .lead(let flight):
      start(flight, loader)
      return try await value(of: flight)
    case .follow(let flight): return try await value(of: flight)
    }
  }

  /// The answer of a load, among whose callers this one is counted.
  @inlinable
  nonisolated(nonsending)
    func value(of flight: Flight) async throws -> Value
  {
    let own = LoadNode.current
    if let own { try beginWait(of: own, for: flight) }
    defer { if let own { LoadGraph.endWait(of: own, for: flight) } }
    if await flight.done.wait() == .cancelled {
      leave(flight)
      throw CancellationError()
    }
    return try flight.outcome!.get()  // set before `done`
  }

  @usableFromInline
  func beginWait(of own: LoadNode, for flight: Flight) throws(CacheLoadCycle) {
    if LoadGraph.beginWait(of: own, for: flight) { return }
    leave(flight)
    throw CacheLoadCycle(key: "\(flight.key)", cache: configuration.name)
  }

  private func takeTurn(_ key: Key, _ hash: Int, _ tags: [String]?) -> Turn {
    let now = clock.now
    return withShard(hash) { shard, gone in
      if let slot = rightSlot(key, hash, shard, now: now, &gone) {
        shard.pointee.tally.hits += 1
        return .found(shard.pointee.content(slot).result)
      }
      // A load from before an invalidation is not for us, who come after it.
      if let flight = shard.pointee.flights[key], isCurrent(flight) {
        shard.pointee.addCaller(to: flight)
        return .follow(flight)
      }
      shard.pointee.tally.misses += 1
      return .lead(takeOff(key, hash, shard, tags: tags, isRefresh: false))
    }
  }

  /// Whether nothing that concerns a load has been invalidated since it began. Where its tags are not known yet, the invalidation of
  /// any tag may concern it.
  private func isCurrent(_ flight: Flight) -> Bool {
    guard let tags = flight.tags else { return flight.stamp == epoch.load(ordering: .acquiring) }
    return currentEpoch(tags, since: flight.stamp) != nil
  }

  /// With the shard's lock held: registers a load of a key, in place of one that came too early.
  func takeOff(
    _ key: Key, _ hash: Int, _ shard: UnsafeMutablePointer<CacheShard<Key, Value>>, tags: [String]?,
    isRefresh: Bool
  ) -> Flight {
    let flight = Flight(
      key: key, hash: hash, stamp: epoch.load(ordering: .acquiring), tags: tags, isRefresh: isRefresh)
    shard.pointee.flights[key] = flight
    shard.pointee.tally.loads += 1
    shard.pointee.tally.inFlight += 1
    if isRefresh { shard.pointee.tally.refreshes += 1 }
    return flight
  }

  /// Starts the load of a registered flight, in a goroutine of its own: it outlives the call that began it.
  func start(_ flight: Flight, _ loader: @escaping CacheLoader<Key, Value>) {
    let goroutine = spawn(name: "cache load") { [self] in await run(flight, loader) }
    let isCancelled = withShard(flight.hash) { _, _ in
      if flight.outcome == nil { flight.goroutine = goroutine }
      return flight.isCancelled
    }
    if isCancelled { goroutine.cancel() }
  }

  private func run(_ flight: Flight, _ loader: @escaping CacheLoader<Key, Value>) async {
    let begin = clock.now
    let answer: Result<TaggedValue<Value>, any Error>
    do {
      answer = .success(try await LoadNode.$current.withValue(flight) { try await loader(flight.key) })
    } catch is CancellationError {
      answer = .failure(CacheLoadCancelled(key: "\(flight.key)"))
    } catch {
      answer = .failure(error)
    }
    let now = clock.now
    instruments.loadSeconds?.record(.nanoseconds(now - begin))
    finish(flight, answer, now: now)
  }

  /// Publishes an answer, unless something overtook the load, and lets its callers go on.
  private func finish(_ flight: Flight, _ answer: Result<TaggedValue<Value>, any Error>, now: Int64) {
    let result = answer.map(\.value)
    let tags = (try? answer.get().tags) ?? []
    let isNegative = configuration.negative?.matches(result) ?? false
    let isAnswer = if case .success = result { true } else { isNegative }
    let content = Content(key: flight.key, result: result, tags: tags)
    let (term, weight) = (term(result, now: now), configuration.weight(flight.key, result))
    let ending = withShard(flight.hash) { shard, gone -> Ending in
      flight.goroutine = nil
      flight.outcome = result
      shard.pointee.tally.inFlight -= 1
      let isCurrent = shard.pointee.flights[flight.key] === flight
      if isCurrent { shard.pointee.flights[flight.key] = nil }
      if flight.isCancelled {
        shard.pointee.tally.loadsCancelled += 1
        return .dropped
      }
      if !isAnswer {
        shard.pointee.tally.loadFailures += 1
        if isCurrent && flight.isRefresh { postponeRefresh(flight, shard, now: now) }
        return .failed
      }
      guard isCurrent, let stamp = currentEpoch(tags, since: flight.stamp) else {
        shard.pointee.tally.loadsDiscarded += 1
        return .dropped
      }
      shard.pointee.tally.published += 1
      shard.pointee.store(
        content, flight.hash, term, stamp: stamp, weight: weight, now: now, gone: &gone)
      return .published
    }
    flight.done.complete()
    if ending == .published, term.expires != .max { startSweeping() }
    if ending == .failed, flight.isRefresh, case .failure(let error) = result {
      // Without the key, which may be a secret.
      instruments.logger.warning("a refresh failed, and the old value is served until it expires: \(error)")
    }
  }

  /// What became of a load.
  private enum Ending { case published, failed, dropped }

  /// With the shard's lock held: after a failed refresh the next one is due when half of the remaining time is over, so that a failing
  /// backend is asked a few times and not by each hit.
  private func postponeRefresh(
    _ flight: Flight, _ shard: UnsafeMutablePointer<CacheShard<Key, Value>>, now: Int64
  ) {
    let slot = shard.pointee.find(flight.key, flight.hash)
    if slot < 0 { return }
    let expires = shard.pointee.table.slots[slot].expires
    let rest = (expires - now) / 2
    let pause = min(rest, max(1, configuration.refreshAfter?.nanoseconds ?? rest))
    shard.pointee.table.slots[slot].attention = max(now, expires - now > pause ? now + pause : expires)
  }

  /// A caller was cancelled. The last one takes the load with it: whoever comes later begins another.
  @usableFromInline
  func leave(_ flight: Flight) {
    let goroutine = withShard(flight.hash) { shard, _ -> Goroutine<Void>? in
      flight.callers -= 1
      if flight.callers > 0 || flight.outcome != nil || configuration.keepsAbandonedLoads { return nil }
      if shard.pointee.flights[flight.key] === flight { shard.pointee.flights[flight.key] = nil }
      return flight.abandon()
    }
    goroutine?.cancel()
  }

  /// The cache is released: refreshes are for nobody any more.
  package func abandonRefreshes() {
    for index in 0..<shardCount {
      let goroutines = withShard(shards + index) { shard, _ in
        let refreshes = shard.pointee.flights.values.filter { $0.isRefresh && $0.callers == 0 }
        return refreshes.compactMap { $0.abandon() }
      }
      for goroutine in goroutines { goroutine.cancel() }
    }
  }
}
