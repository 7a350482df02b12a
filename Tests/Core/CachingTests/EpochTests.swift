import CoreTestSupport
import Revoada
import RevoadaScheduling
import Testing

/// What a model test needs of a cache.
private protocol ModelledCache: Sendable {
  func get(_ key: Int, load: @escaping @Sendable () async throws -> Int) async throws -> Int
  func set(_ key: Int, _ value: Int)
  func invalidate(_ key: Int)
  func invalidateAll()
}

extension Cache: ModelledCache where Key == Int, Value == Int {
  fileprivate func set(_ key: Int, _ value: Int) { set(key, value, ttl: nil) }
}

/// Invalidates by tags, which come with the values.
private final class ByTag: ModelledCache {
  let cache = TaggedCache<Int, Int>(ttl: .seconds(1), maxEntries: 3)
  let knowsTags: Bool
  init(knowsTags: Bool) { self.knowsTags = knowsTags }

  func get(_ key: Int, load: @escaping @Sendable () async throws -> Int) async throws -> Int {
    if knowsTags { return try await cache.get(key, tags: ["\(key)", "all"], load: load) }
    return try await cache.get(key, loadTagged: { TaggedValue(try await load(), tags: ["\(key)", "all"]) })
  }
  func set(_ key: Int, _ value: Int) { cache.set(key, value, tags: ["all", "\(key)"]) }
  func invalidate(_ key: Int) { cache.invalidate(tag: "\(key)") }
  func invalidateAll() { cache.invalidate(tag: "all") }
}

/// Publishes whatever a load brings, as caches do that do not think of invalidations: the model must catch it.
private final class Broken: ModelledCache {
  private let values = Guarded<[Int: Int]>([:])

  func get(_ key: Int, load: @escaping @Sendable () async throws -> Int) async throws -> Int {
    if let value = values.withLock({ $0[key] }) { return value }
    let value = try await load()
    values.withLock { $0[key] = value }
    return value
  }
  func set(_ key: Int, _ value: Int) { values.withLock { $0[key] = value } }
  func invalidate(_ key: Int) { values.withLock { $0[key] = nil } }
  func invalidateAll() { values.withLock { $0 = [:] } }
}

/// Against a sequential model: a call never sees a state older than the last change that was complete when it began.
@Suite(.timeLimit(.minutes(10)))
struct EpochTests {
  /// The truth behind the cache: a version for each key, which only grows.
  private final class Source: Sendable {
    private let versions = Guarded([Int](repeating: 0, count: 5))
    func version(_ key: Int) -> Int { versions.withLock { $0[key] } }
    func change(_ key: Int) -> Int {
      versions.withLock {
        $0[key] += 1
        return $0[key]
      }
    }
  }

  /// Readers, writers and impatient readers on one cache, in a schedule drawn from `seed`.
  /// - Returns: the violations.
  private func violations(
    _ seed: UInt64, _ make: @escaping @Sendable () -> any ModelledCache
  ) async throws -> [String] {
    try await Simulation(seed: seed).run {
      let (cache, source, found) = (make(), Source(), Recorder<String>())
      try await withScope { scope in
        for actor in 0..<8 {
          scope.spawn {
            var generator = SeededGenerator(seed: seed &* 100 &+ UInt64(actor))
            for _ in 0..<20 {
              let key = Int.random(in: 0..<5, using: &generator)
              let pause = Duration.microseconds(Int.random(in: 0..<300, using: &generator))
              switch Int.random(in: 0..<10, using: &generator) {
              case 0: cache.set(key, source.change(key))
              case 1:
                _ = source.change(key)
                cache.invalidate(key)
              case 2 where actor == 0:
                for key in 0..<5 { _ = source.change(key) }
                cache.invalidateAll()
              case 3:
                let caller = spawn {
                  try await cache.get(key) {
                    let version = source.version(key)
                    try await sleep(for: pause)
                    return version
                  }
                }
                try await sleep(for: pause / 2)
                caller.cancel()
              default:
                let least = source.version(key)
                let value = try await cache.get(key) {
                  let version = source.version(key)
                  try await sleep(for: pause)
                  return version
                }
                let most = source.version(key)
                if !(least...most).contains(value) {
                  found.add("key \(key): \(value) is not in \(least)...\(most)")
                }
              }
              try await sleep(for: pause)
            }
          }
        }
      }
      for key in 0..<5 {
        let value = try await cache.get(key) { source.version(key) }
        if value != source.version(key) { found.add("key \(key) at rest: \(value)") }
      }
      return found.values
    }
  }

  @Test func noCallSeesWhatWasInvalidatedBeforeIt() async throws {
    for seed in UInt64(0)..<250 {
      let found = try await violations(seed) { Cache<Int, Int>(ttl: .seconds(1), max: 4) }
      #expect(found.isEmpty, "seed \(seed)")
    }
  }

  @Test(arguments: [true, false]) func nothingOfAnInvalidatedTagIsSeen(knowsTags: Bool) async throws {
    for seed in UInt64(0)..<120 {
      let found = try await violations(seed) { ByTag(knowsTags: knowsTags) }
      #expect(found.isEmpty, "seed \(seed)")
    }
  }

  @Test func theModelCatchesABrokenCache() async throws {
    var caught = 0
    for seed in UInt64(0)..<20 {
      if try await !violations(seed, { Broken() }).isEmpty { caught += 1 }
    }
    #expect(caught > 10)
  }

  @Test func callersFromBeforeGetTheOldLoadAndThoseFromAfterTheNew() async throws {
    try await simulated {
      let loads = AtomicInteger()
      let cache = CoalescingCache<String, Int> { _ in
        let number = loads.add(1)
        try await sleep(for: .seconds(number == 1 ? 10 : 1))
        return number
      }
      let before = spawn { try await cache.get("key") }
      try await settle()
      cache.invalidate("key")
      let after = spawn { try await cache.get("key") }
      #expect(try await after.value == 2)
      #expect(cache.peek("key") == 2)
      #expect(try await before.value == 1)
      #expect(cache.peek("key") == 2)
      #expect(cache.stats.loadsDiscarded == 1 && cache.stats.isBalanced)
    }
  }

  @Test func aWriteOvertakesALoad() async throws {
    try await simulated {
      let cache = Cache<String, Int>()
      let caller = spawn {
        try await cache.get("key") {
          try await sleep(for: .seconds(1))
          return 1
        }
      }
      try await settle()
      cache.set("key", 2)
      #expect(try await caller.value == 1)
      #expect(cache.get("key") == 2)
    }
  }

  @Test(arguments: [2, 8]) func onRealWorkers(workers: Int) async throws {
    let (cache, source) = (Cache<Int, Int>(max: 1_000), Source())
    try await onWorkers(workers) {
      try await withScope { scope in
        for actor in 0..<8 {
          scope.spawn {
            var generator = SeededGenerator(seed: UInt64(actor))
            for _ in 0..<2_000 {
              let key = Int.random(in: 0..<5, using: &generator)
              if Int.random(in: 0..<10, using: &generator) == 0 {
                _ = source.change(key)
                if Bool.random(using: &generator) { cache.invalidate(key) } else { cache.invalidateAll() }
              }
            }
          }
          scope.spawn {
            var generator = SeededGenerator(seed: UInt64(actor) + 100)
            var last = [Int](repeating: 0, count: 5)
            for _ in 0..<2_000 {
              let key = Int.random(in: 0..<5, using: &generator)
              let value = try await cache.get(key) {
                let version = source.version(key)
                await Task.yield()
                return version
              }
              #expect(value <= source.version(key))
              last[key] = max(last[key], value)
            }
          }
        }
      }
      for key in 0..<5 {
        cache.invalidate(key)
        #expect(try await cache.get(key) { source.version(key) } == source.version(key))
      }
    }
    #expect(cache.stats.isBalanced && cache.stats.inFlight == 0)
  }
}
