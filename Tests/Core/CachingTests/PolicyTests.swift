import CoreTestSupport
import RevoadaCaching
import Testing

/// What decides who stays.
@Suite struct PolicyTests {
  /// A shard driven as a store drives it.
  private final class Small {
    var shard: CacheShard<Int, Int>
    init(limit: Int) { shard = CacheShard(limit: limit) }

    func set(_ key: Int, weight: Int = 1) {
      var gone: [CacheContent<Int, Int>] = []
      shard.store(
        CacheContent(key: key, result: .success(key)), key.hashValue,
        CacheTerm(attention: .max, expires: .max), stamp: 0, weight: weight, now: 0, gone: &gone)
    }
    func get(_ key: Int) -> Bool {
      let slot = shard.find(key, key.hashValue)
      if slot >= 0 { shard.policy.touch(slot, shard.table.slots) }
      return slot >= 0
    }
    func holds(_ key: Int) -> Bool { shard.find(key, key.hashValue) >= 0 }
    var isBalanced: Bool {
      let tally = shard.tally
      return tally.stored
        == shard.table.count + tally.replaced + tally.evicted + tally.expired + tally.invalidated
    }
  }

  @Test(arguments: [1, 2, 3, 10, 100]) func neverHoldsMoreThanItsLimit(limit: Int) {
    let small = Small(limit: limit)
    var generator = SeededGenerator(seed: UInt64(limit))
    for _ in 0..<5_000 {
      let key = Int.random(in: 0..<limit * 3, using: &generator)
      if !small.get(key) { small.set(key) }
      #expect(small.shard.table.count <= limit && small.holds(key))
    }
    #expect(small.shard.table.count == limit && small.isBalanced)
  }

  @Test(arguments: [0, -1, Int.min]) func holdsNothingWithoutRoom(limit: Int) {
    let small = Small(limit: limit)
    small.set(1)
    #expect(small.shard.table.count == 0 && small.shard.tally.refused == 1)
  }

  @Test func evictsTheOldestAsLongAsNothingIsRepeated() {
    let small = Small(limit: 3)
    for key in 1...5 { small.set(key) }
    let held = (1...5).filter { small.holds($0) }
    #expect(held == [3, 4, 5])
  }

  @Test func whatIsUsedOftenSurvivesAScan() {
    let small = Small(limit: 100)
    for _ in 0..<5 { for key in 0..<50 { if !small.get(key) { small.set(key) } } }
    for key in 1_000..<3_000 { small.set(key) }
    let survivors = (0..<50).count { small.holds($0) }
    #expect(survivors >= 45, "\(survivors) of 50")
  }

  @Test func aLoopLargerThanTheCacheStillHits() {
    // Evicting the least recently used would miss every time.
    let small = Small(limit: 100)
    var hits = 0
    for _ in 0..<20 {
      for key in 0..<130 { if small.get(key) { hits += 1 } else { small.set(key) } }
    }
    #expect(hits > 20 * 130 / 3, "\(hits)")
  }

  @Test func newFavouritesReplaceOldOnes() {
    let small = Small(limit: 100)
    for _ in 0..<30 { for key in 0..<100 { if !small.get(key) { small.set(key) } } }
    for _ in 0..<60 { for key in 500..<600 { if !small.get(key) { small.set(key) } } }
    let present = (500..<600).count { small.holds($0) }
    #expect(present > 80, "\(present)")
  }

  @Test func weightsAreLimitedAndWhatIsTooHeavyIsRefused() {
    let small = Small(limit: 100)
    var generator = SeededGenerator(seed: 1)
    for key in 0..<2_000 {
      small.set(key % 300, weight: Int.random(in: 0...100, using: &generator))
      #expect(small.shard.policy.weight <= 100)
    }
    #expect(small.isBalanced)
    small.set(7, weight: 10)
    small.set(7, weight: 101)
    #expect(!small.holds(7) && small.shard.tally.refused == 1)
    #expect(small.isBalanced)
  }

  @Test func theSketchRemembersAndForgets() {
    var sketch = FrequencySketch()
    #expect(sketch.frequency(1) == 0)
    sketch.reset(capacity: 64)
    for hash in 0..<10 { for _ in 0..<(hash * 2) { sketch.increment(hash &* 0x9E37_79B9) } }
    for hash in 0..<10 { #expect(sketch.frequency(hash &* 0x9E37_79B9) >= min(15, hash * 2)) }
    let before = sketch.frequency(9 &* 0x9E37_79B9)
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<2_000 { sketch.increment(Int(truncatingIfNeeded: generator.next())) }
    #expect(sketch.frequency(9 &* 0x9E37_79B9) < before)
  }

  @Test(arguments: UInt64(0)..<20) func theTableIsADictionary(seed: UInt64) {
    // Few hashes, so that probing and shifting back have work to do.
    var generator = SeededGenerator(seed: seed)
    var table = SlotTable()
    var model: [Int: Int] = [:]  // slot by key
    func hash(_ key: Int) -> Int { key % 13 &* 0x10 }
    for _ in 0..<3_000 {
      let key = Int.random(in: 0..<60, using: &generator)
      let found = table.find(hash(key)) { slot in model[key] == slot }
      #expect(found == model[key] ?? -1)
      if found >= 0 {
        table.remove(found)
        model[key] = nil
      } else {
        if table.isFull { table.grow() }
        let slot = table.take(hash(key))
        table.slots[slot].region = .window
        #expect(!model.values.contains(slot))
        model[key] = slot
      }
      #expect(table.count == model.count)
    }
    for (key, slot) in model { #expect(table.find(hash(key)) { $0 == slot } == slot) }
  }

  @Test func sweepingRemovesExactlyWhatHasExpired() {
    var shard = CacheShard<Int, Int>(limit: .max)
    var gone: [CacheContent<Int, Int>] = []
    for key in 0..<100 {
      let expires = Int64(key + 1)
      shard.store(
        CacheContent(key: key, result: .success(key)), key.hashValue,
        CacheTerm(attention: expires, expires: expires), stamp: 0, weight: 1, now: 0, gone: &gone)
    }
    var position: Int? = 0
    while let next = position { position = shard.sweep(from: next, count: 7, now: 40, gone: &gone) }
    #expect(gone.map(\.key).sorted() == Array(0..<40))
    #expect(shard.table.count == 60 && shard.expiring == 60 && shard.tally.expired == 40)
  }
}

@Suite struct TagTableTests {
  @Test func anEntryIsRightUntilOneOfItsTagsIsInvalidated() {
    var table = TagTable()
    table.invalidate("a", at: 1)
    #expect(!table.isCurrent(["a"], since: 0))
    #expect(table.isCurrent(["a"], since: 1))
    #expect(table.isCurrent(["b"], since: 0))
    table.invalidateAll(at: 2)
    #expect(!table.isCurrent([], since: 1))
    #expect(table.isCurrent(["a", "b"], since: 2))
  }

  @Test func forgettingErrsOnTheSafeSide() {
    var (table, exact) = (TagTable(limit: 10), TagTable(limit: .max))
    for stamp in UInt64(1)...200 {
      let tag = "\(stamp &* 7 % 31)"
      table.invalidate(tag, at: stamp)
      exact.invalidate(tag, at: stamp)
      for since in 0...stamp {
        for tag in 0..<31 where table.isCurrent(["\(tag)"], since: since) {
          #expect(exact.isCurrent(["\(tag)"], since: since))
        }
      }
      #expect(table.isCurrent(["0"], since: stamp))
    }
  }
}
