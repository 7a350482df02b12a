import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct CacheBehaviourTests {
  @Test func valuesExpireAndLeaveMemory() async throws {
    try await simulated(seeds: 0..<2) {
      let cache = Cache<Int, Int>(ttl: .seconds(10), max: 100_000)
      for key in 0..<5_000 { cache.set(key, key) }
      try await sleep(for: .seconds(9))
      #expect(cache.get(7) == 7)
      try await sleep(for: .seconds(1))
      #expect(cache.get(7) == nil && cache.peek(8) == nil)
      try await sleep(for: .seconds(15))
      let stats = cache.stats
      #expect(stats.entries == 0 && stats.expired == 5_000 && stats.isBalanced && stats.weight == 0)
      #expect(stats.hits == 1 && stats.misses == 1 && stats.hitRatio == 0.5)
    }
  }

  @Test func nothingIsScheduledWhileNothingCanExpire() async throws {
    // A simulation in which a timer is left never deadlocks; this one must.
    await #expect(throws: SimulationDeadlock.self) {
      try await Simulation().run {
        let cache = Cache<Int, Int>(ttl: .seconds(1))
        cache.set(1, 1)
        cache.set(2, 2, ttl: .seconds(5))
        _ = try await Channel<Int>().receive()
        _ = cache
      }
    }
  }

  @Test func aCacheIsReleasedWithItsValues() async throws {
    final class Payload: Sendable {
      let alive: AtomicInteger
      init(_ alive: AtomicInteger) {
        self.alive = alive
        alive.add(1)
      }
      deinit { alive.add(-1) }
    }
    try await simulated(seeds: 0..<2) {
      let alive = AtomicInteger()
      do {
        let cache = Cache<Int, Payload>(ttl: .seconds(60), max: 10)
        for key in 0..<25 { cache.set(key, Payload(alive)) }
        #expect(alive.load() == 10)
        cache.set(24, Payload(alive))
        cache.invalidate(24)
        #expect(alive.load() == cache.stats.entries)
      }
      #expect(alive.load() == 0)
    }
  }

  @Test(arguments: [Duration.zero, .seconds(-1)], [nil, 0, -5]) func badNumbersKeepNothing(
    ttl: Duration, max: Int?
  ) async throws {
    try await simulated(seeds: 0..<1) {
      let cache = Cache<String, Int>(ttl: ttl, max: max)
      cache.set("a", 1)
      #expect(cache.get("a") == nil)
      let loaded = try await cache.get("a") { 2 }
      #expect(loaded == 2)
      #expect(cache.stats.entries == 0 && cache.stats.refused == 2 && cache.stats.isBalanced)
    }
  }

  @Test func configurationsAreChecked() {
    func problem(_ change: (inout CacheConfiguration<String, Int>) -> Void) -> String? {
      var configuration = CacheConfiguration<String, Int>(ttl: .seconds(1), maxEntries: 1)
      change(&configuration)
      do {
        _ = try Cache(configuration)
        return nil
      } catch { return error.setting }
    }
    #expect(problem { _ in } == nil)
    #expect(problem { $0.ttl = .zero } == "ttl")
    #expect(problem { $0.maxEntries = 0 } == "maxEntries")
    #expect(problem { $0.jitter = .nan } == "jitter")
    #expect(problem { $0.jitter = 1.5 } == "jitter")
    #expect(problem { $0.refreshAfter = .seconds(-1) } == "refreshAfter")
    #expect(problem { $0.staleFor = .zero } == "staleFor")
    #expect(problem { $0.negative = .errors(for: .zero) } == "negative.ttl")
    #expect(problem { ($0.maxEntries, $0.maxWeight) = (nil, 5) } == "weigher")
    #expect(
      problem {
        $0.maxWeight = 5
        $0.weigher = { _, _ in 1 }
      } == "maxEntries")
  }

  @Test func endlessDurationsDoNotOverflow() async throws {
    try await simulated(seeds: 0..<1) {
      let cache = Cache<String, Int>(ttl: .seconds(Int64.max), max: .max)
      cache.set("a", 1)
      cache.set("b", 2, ttl: .seconds(Int64.max / 2))
      try await sleep(for: .seconds(1_000_000))
      #expect(cache.get("a") == 1 && cache.get("b") == 2)
    }
  }

  @Test(arguments: [3, 511, 512, 5_000]) func neverMoreThanTheMaximum(max: Int) {
    let cache = Cache<Int, Int>(max: max)
    for key in 0..<max * 3 { cache.set(key, key) }
    let stats = cache.stats
    #expect(stats.entries <= max && stats.entries > max * 8 / 10 && stats.isBalanced, "\(stats.entries)")
  }

  @Test func weightsComeFromTheWeigher() throws {
    var configuration = CacheConfiguration<String, String>()
    configuration.maxWeight = 100
    configuration.weigher = { key, value in value.count }
    let cache = try Cache(configuration)
    for key in 0..<50 { cache.set("\(key)", String(repeating: "x", count: key)) }
    #expect(cache.stats.weight <= 100 && cache.stats.entries > 1)
    cache.set("large", String(repeating: "x", count: 101))
    #expect(cache.get("large") == nil && cache.stats.refused == 1)
    configuration.weigher = { _, _ in -7 }
    let weightless = try Cache(configuration)
    weightless.set("a", "b")
    #expect(weightless.stats.weight == 0 && weightless.get("a") == "b")
  }

  // MARK: Negative answers

  @Test func nilAnswersAreKeptForAShorterTime() async throws {
    try await simulated(seeds: 0..<2) {
      let loads = AtomicInteger()
      var configuration = CacheConfiguration<String, Int?>(ttl: .seconds(60))
      configuration.negative = .nilAnswers(for: .seconds(5))
      let cache = try CoalescingCache(configuration) { key in
        loads.add(1)
        return Int(key)
      }
      for _ in 0..<3 { #expect(try await cache.get("x") == nil) }
      for _ in 0..<3 { #expect(try await cache.get("7") == 7) }
      #expect(loads.load() == 2 && cache.stats.hits == 4)
      try await sleep(for: .seconds(6))
      #expect(try await cache.get("x") == nil)
      #expect(try await cache.get("7") == 7)
      #expect(loads.load() == 3)
    }
  }

  @Test func chosenErrorsAreKeptAndOthersNot() async throws {
    try await simulated(seeds: 0..<2) {
      let loads = AtomicInteger()
      var configuration = CacheConfiguration<Int, Int>(ttl: .seconds(60))
      configuration.negative = .errors(for: .seconds(5)) { ($0 as? LoadFailure)?.number == 404 }
      let cache = try CoalescingCache(configuration) { key -> Int in
        loads.add(1)
        throw LoadFailure(number: key)
      }
      for _ in 0..<3 {
        await #expect(throws: LoadFailure(number: 404)) { try await cache.get(404) }
        await #expect(throws: LoadFailure(number: 500)) { try await cache.get(500) }
      }
      #expect(loads.load() == 4 && cache.peek(404) == nil && cache.stats.loadFailures == 3)
      try await sleep(for: .seconds(6))
      await #expect(throws: LoadFailure(number: 404)) { try await cache.get(404) }
      #expect(loads.load() == 5 && cache.stats.isBalanced)
    }
  }

  // MARK: Refreshing

  private func refreshing(
    after: Duration? = .seconds(6), staleFor: Duration? = nil,
    _ load: @escaping @Sendable (String) async throws -> Int
  ) throws -> CoalescingCache<String, Int> {
    var configuration = CacheConfiguration<String, Int>(ttl: .seconds(10))
    configuration.refreshAfter = after
    configuration.staleFor = staleFor
    return try CoalescingCache(configuration, load: load)
  }

  @Test func aRefreshServesTheOldValueAndRunsOnce() async throws {
    try await simulated {
      let loads = AtomicInteger()
      let cache = try refreshing { _ in
        let number = loads.add(1)
        try await sleep(for: .seconds(1))
        return number
      }
      #expect(try await cache.get("a") == 1)
      try await sleep(for: .seconds(5))
      #expect(try await cache.get("a") == 1 && cache.stats.refreshes == 0)
      try await sleep(for: .seconds(2))
      for _ in 0..<10 { #expect(try await cache.get("a") == 1) }
      #expect(cache.stats.refreshes == 1)
      try await sleep(for: .seconds(2))
      #expect(try await cache.get("a") == 2)
      #expect(loads.load() == 2 && cache.stats.misses == 1 && cache.stats.isBalanced)
    }
  }

  @Test func aStaleValueIsServedWhileItIsLoadedAnew() async throws {
    try await simulated {
      let loads = AtomicInteger()
      let cache = try refreshing(after: nil, staleFor: .seconds(20)) { _ in
        let number = loads.add(1)
        try await sleep(for: .seconds(1))
        return number
      }
      #expect(try await cache.get("a") == 1)
      try await sleep(for: .seconds(25))
      #expect(try await cache.get("a") == 1)
      try await sleep(for: .seconds(2))
      #expect(try await cache.get("a") == 2)
      try await sleep(for: .seconds(40))
      #expect(try await cache.get("a") == 3)
    }
  }

  @Test(arguments: [true, false]) func anyWriteDiscardsARefresh(byInvalidation: Bool) async throws {
    try await simulated {
      let (loads, cancelled) = (AtomicInteger(), AtomicInteger())
      let cache = try refreshing { _ in
        let number = loads.add(1)
        do { try await sleep(for: .seconds(1)) } catch {
          cancelled.add(1)
          throw error
        }
        return number
      }
      _ = try await cache.get("a")
      try await sleep(for: .seconds(7))
      _ = try await cache.get("a")
      try await settle()
      if byInvalidation { cache.invalidate("a") } else { cache.set("a", 100) }
      try await sleep(for: .seconds(3))
      #expect(cache.peek("a") == (byInvalidation ? nil : 100))
      #expect(cancelled.load() == 1 && cache.stats.loadsCancelled == 1 && cache.stats.isBalanced)
    }
  }

  @Test func aFailedRefreshKeepsTheOldValueAndIsNotRepeatedByEachHit() async throws {
    try await simulated(seeds: 0..<2) {
      let loads = AtomicInteger()
      let cache = try refreshing { _ in
        if loads.add(1) > 1 { throw LoadFailure() }
        return 1
      }
      _ = try await cache.get("a")
      try await sleep(for: .seconds(6))
      for _ in 0..<390 {
        #expect(try await cache.get("a") == 1)
        try await sleep(for: .milliseconds(10))
      }
      #expect((2...12).contains(loads.load()), "\(loads.load())")
      try await sleep(for: .seconds(1))
      await #expect(throws: LoadFailure.self) { try await cache.get("a") }
    }
  }

  @Test func aHungRefreshDoesNotBlockItsKey() async throws {
    try await simulated(seeds: 0..<3) {
      let loads = AtomicInteger()
      let cache = try refreshing { _ in
        let number = loads.add(1)
        if number == 2 { try await sleep(for: .seconds(100_000)) }
        return number
      }
      _ = try await cache.get("a")
      try await sleep(for: .seconds(7))
      _ = try await cache.get("a")
      try await sleep(for: .seconds(10))
      await #expect(throws: TimedOut.self) {
        try await withTimeout(.seconds(1)) { try await cache.get("a") }
      }
      #expect(try await cache.get("a") == 3)
    }
  }

  @Test func releasingTheCacheCancelsItsRefreshes() async throws {
    try await simulated {
      let cancelled = AtomicInteger()
      do {
        let cache = try refreshing { _ in
          if Simulation.elapsed > .seconds(1) {
            do { try await sleep(for: .seconds(100)) } catch { cancelled.add(1) }
          }
          return 1
        }
        _ = try await cache.get("a")
        try await sleep(for: .seconds(7))
        _ = try await cache.get("a")
        try await settle()
      }
      try await settle()
      #expect(cancelled.load() == 1)
    }
  }

  @Test func jitterSpreadsTheTimesToLive() async throws {
    try await simulated(seeds: 0..<1) {
      var configuration = CacheConfiguration<Int, Int>(ttl: .seconds(100))
      configuration.jitter = 0.5
      let cache = try Cache(configuration)
      for key in 0..<1_000 { cache.set(key, key) }
      @Sendable func left() -> Int {
        var number = 0
        for key in 0..<1_000 where cache.peek(key) != nil { number += 1 }
        return number
      }
      try await sleep(for: .seconds(49))
      #expect(left() == 1_000)
      try await sleep(for: .seconds(26))
      #expect((350...650).contains(left()))
      try await sleep(for: .seconds(26))
      #expect(left() == 0)
    }
  }

  // MARK: Tags

  @Test func aTagInvalidatesItsEntriesOnly() async throws {
    try await simulated(seeds: 0..<2) {
      let cache = TaggedCache<String, Int>(ttl: .seconds(60), maxEntries: 100)
      cache.set("a", 1, tags: ["x", "y"])
      cache.set("b", 2, tags: ["y"])
      cache.set("c", 3)
      cache.invalidate(tag: "x")
      #expect(cache.get("a") == nil && cache.get("b") == 2 && cache.get("c") == 3)
      cache.set("a", 4, tags: ["x"])
      #expect(cache.get("a") == 4)
      cache.invalidate(tag: "nobody has it")
      #expect(cache.get("a") == 4)
      cache.invalidateAll()
      #expect(cache.get("a") == nil && cache.get("c") == nil)
      #expect(cache.stats.isBalanced && cache.stats.entries == 0)
    }
  }

  @Test func aLoadFromBeforeItsTagsInvalidationDoesNotPublish() async throws {
    try await simulated {
      let cache = TaggedCache<String, Int>(ttl: .seconds(60))
      let (gone, kept) = (
        spawn {
          try await cache.get(
            "a",
            loadTagged: {
              try await sleep(for: .seconds(1))
              return TaggedValue(1, tags: ["x"])
            })
        },
        spawn {
          try await cache.get("b", tags: ["y"]) {
            try await sleep(for: .seconds(1))
            return 2
          }
        }
      )
      try await settle()
      cache.invalidate(tag: "x")
      let joining = spawn { try await cache.get("b", tags: ["y"]) { 3 } }
      #expect(try await gone.value == 1)
      #expect(try await kept.value == 2)
      #expect(try await joining.value == 2)  // the tag is none of its
      #expect(cache.get("a") == nil && cache.get("b") == 2)
    }
  }
}
