import RevoadaScheduling

/// What a cache keeps for a key.
@usableFromInline
package struct CacheContent<Key, Value> {
  @usableFromInline package let key: Key
  /// The value, or an error that is cached as a negative answer.
  @usableFromInline package var result: Result<Value, any Error>
  package var tags: [String]

  package init(key: Key, result: Result<Value, any Error>, tags: [String] = []) {
    self.key = key
    self.result = result
    self.tags = tags
  }
}

/// A part of a cache: the entries whose hashes begin alike, and the loads for such keys. A pure state machine: time comes in, what
/// must be released or cancelled goes out, and the store takes the lock around it.
///
/// Flat memory, because class fields and array buffers would cost a hit as much as the hit itself.
@usableFromInline
package struct CacheShard<Key: Hashable & Sendable, Value: Sendable>: ~Copyable, @unchecked Sendable {
  // Owns its memory; `lock` protects everything.
  @usableFromInline package typealias Content = CacheContent<Key, Value>

  @usableFromInline package var table = SlotTable()
  @usableFromInline package let lock = Lock()
  @usableFromInline var contents: UnsafeMutablePointer<Content>
  @usableFromInline package var policy: EvictionPolicy
  @usableFromInline package var tally = CacheTally()
  /// The loads that may still publish. One that was overtaken by a write or an invalidation is not here any more.
  @usableFromInline package var flights: [Key: CacheFlight<Key, Value>] = [:]
  /// Entries that will expire some day.
  package private(set) var expiring = 0

  package init(limit: Int) {
    policy = EvictionPolicy(limit: limit)
    policy.resize(slots: table.capacity)
    contents = .allocate(capacity: table.capacity)
  }
  deinit {
    for slot in 0..<table.capacity where table.slots[slot].region != .free {
      (contents + slot).deinitialize(count: 1)
    }
    contents.deallocate()
  }

  @inlinable @inline(__always)
  package func find(_ key: Key, _ hash: Int) -> Int {
    let contents = contents
    return table.find(hash) { contents[$0].key == key }
  }

  package func content(_ slot: Int) -> Content { contents[slot] }

  /// Adds a caller to the load of a key that is under way; nil if there is none, or something was invalidated since it began.
  @inlinable
  package mutating func join(_ key: Key, epoch: UInt64) -> CacheFlight<Key, Value>? {
    guard let flight = flights[key], flight.stamp == epoch else { return nil }
    addCaller(to: flight)
    return flight
  }

  @inlinable
  package mutating func addCaller(to flight: CacheFlight<Key, Value>) {
    tally.misses &+= 1
    tally.coalesced &+= 1
    flight.callers &+= 1
  }

  /// Stores an entry, and evicts others for it; what leaves goes to `gone`, to be released without the lock.
  package mutating func store(
    _ content: Content, _ hash: Int, _ term: CacheTerm, stamp: UInt64, weight: Int, now: Int64,
    gone: inout [Content]
  ) {
    var slot = find(content.key, hash)
    if term.expires <= now || weight > policy.limit {
      tally.refused += 1
      if slot >= 0 { remove(slot, .invalidated, &gone) }
      gone.append(content)
      return
    }
    tally.stored += 1
    if slot >= 0 {
      tally.replaced += 1
      if table.slots[slot].expires != .max { expiring -= 1 }
      gone.append((contents + slot).move())
      policy.reweigh(slot, table.slots, weight)
      policy.touch(slot, table.slots)
    } else {
      if table.isFull { grow() }
      slot = table.take(hash)
      table.slots[slot].weight = weight
      policy.insert(slot, table.slots)
    }
    (contents + slot).initialize(to: content)
    table.slots[slot].stamp = stamp
    table.slots[slot].expires = term.expires
    table.slots[slot].attention = term.attention
    if term.expires != .max { expiring += 1 }
    while let victim = policy.nextVictim(table.slots) { remove(victim, .evicted, &gone) }
  }

  package mutating func remove(_ slot: Int, _ reason: RemovalReason, _ gone: inout [Content]) {
    switch reason {
    case .evicted: tally.evicted += 1
    case .expired: tally.expired += 1
    case .invalidated: tally.invalidated += 1
    }
    if table.slots[slot].expires != .max { expiring -= 1 }
    policy.remove(slot, table.slots)
    gone.append((contents + slot).move())
    table.remove(slot)
  }

  /// Removes what has expired from some slots.
  /// - Returns: where to go on; nil at the end.
  package mutating func sweep(from first: Int, count: Int, now: Int64, gone: inout [Content]) -> Int? {
    let end = min(table.capacity, first + count)
    for slot in first..<max(first, end) where table.slots[slot].region != .free {
      if table.slots[slot].expires <= now { remove(slot, .expired, &gone) }
    }
    return end < table.capacity ? end : nil
  }

  /// Removes every entry that was stored before the epoch `stamp`.
  package mutating func clear(before stamp: UInt64, gone: inout [Content]) {
    for slot in 0..<table.capacity where table.slots[slot].region != .free {
      if table.slots[slot].stamp < stamp { remove(slot, .invalidated, &gone) }
    }
  }

  private mutating func grow() {
    let old = table.capacity
    table.grow()
    policy.resize(slots: table.capacity)
    let more = UnsafeMutablePointer<Content>.allocate(capacity: table.capacity)
    // The table was full: every old slot has a content.
    more.moveInitialize(from: contents, count: old)
    contents.deallocate()
    contents = more
  }
}

/// How long an entry lives.
package struct CacheTerm: Sendable, Equatable {
  /// The first moment at which a hit must look closer: a refresh is due, or the entry has expired.
  package var attention: Int64
  package var expires: Int64

  package init(attention: Int64, expires: Int64) {
    self.attention = attention
    self.expires = expires
  }
}
