import CoreTestSupport
import Revoada
import Testing

struct LoadFailure: Error, Equatable { var number = 0 }

extension CacheStatistics {
  /// Both ledgers.
  var isBalanced: Bool {
    stored == entries + replaced + evicted + expired + invalidated
      && loads == loadsPublished + loadsDiscarded + loadFailures + loadsCancelled + inFlight
  }
}

/// One load, however many callers.
@Suite(.timeLimit(.minutes(10)))
struct CoalescingTests {
  @Test func tenThousandCallersMakeOneLoad() async throws {
    try await simulated(seeds: 0..<3) {
      let loads = AtomicInteger()
      let cache = CoalescingCache<String, Int>(ttl: .seconds(60), maxEntries: 10_000) { key in
        loads.add(1)
        try await sleep(for: .milliseconds(10))
        return key.count
      }
      let callers = (0..<10_000).map { _ in spawn { try await cache.get("key") } }
      for caller in callers {
        let value = try await caller.value
        #expect(value == 3)
      }
      #expect(loads.load() == 1)
      let stats = cache.stats
      #expect(stats.misses + stats.hits == 10_000 && stats.loads == 1 && stats.inFlight == 0)
      #expect(stats.coalesced == stats.misses - 1 && stats.entries == 1 && stats.isBalanced)
      #expect(try await cache.get("key") == 3 && cache.stats.hits == stats.hits + 1)
    }
  }

  @Test(arguments: [2, 8]) func oneLoadAKeyOnRealWorkers(workers: Int) async throws {
    let loads = AtomicInteger()
    let cache = CoalescingCache<Int, Int>(ttl: .seconds(60)) { key in
      loads.add(1)
      await Task.yield()
      return key * 2
    }
    try await onWorkers(workers) {
      try await withScope { scope in
        for index in 0..<10_000 {
          scope.spawn {
            let value = try await cache.get(index % 100)
            #expect(value == index % 100 * 2)
          }
        }
      }
    }
    #expect(loads.load() == 100 && cache.stats.hits + cache.stats.misses == 10_000 && cache.stats.isBalanced)
  }

  @Test func anErrorGoesToAllItsCallersAndIsNotCached() async throws {
    try await simulated {
      let loads = AtomicInteger()
      let cache = CoalescingCache<String, Int>(ttl: .seconds(60)) { _ in
        let number = loads.add(1)
        try await sleep(for: .milliseconds(1))
        throw LoadFailure(number: number)
      }
      let callers = (0..<50).map { _ in spawn { try await cache.get("key") } }
      for caller in callers {
        await #expect(throws: LoadFailure(number: 1)) { try await caller.value }
      }
      await #expect(throws: LoadFailure(number: 2)) { try await cache.get("key") }
      #expect(cache.stats.loadFailures == 2 && cache.stats.entries == 0 && cache.stats.isBalanced)
    }
  }

  @Test func theLoadIsCancelledWithTheLastCallerAndNobodyInheritsIt() async throws {
    try await simulated {
      let (cancelled, loads) = (AtomicInteger(), AtomicInteger())
      let cache = CoalescingCache<String, Int>(ttl: .seconds(60)) { _ in
        let number = loads.add(1)
        do { try await sleep(for: .seconds(1)) } catch {
          cancelled.add(1)
          try? await sleep(for: .seconds(5))  // slow to end
          throw error
        }
        return number
      }
      let (first, second) = (spawn { try await cache.get("key") }, spawn { try await cache.get("key") })
      try await settle()
      first.cancel()
      #expect(await first.result.isCancellation)
      try await settle()
      #expect(cancelled.load() == 0)  // the second still waits
      second.cancel()
      // In the same step. It joins if it comes before the second has left, else begins anew while the old load is still ending.
      let newcomer = spawn { try await cache.get("key") }
      let value = try await newcomer.value
      #expect(value == loads.load() && cancelled.load() == value - 1)
      #expect(await second.result.isCancellation)
      try await sleep(for: .seconds(10))
      #expect(cache.stats.loadsCancelled == value - 1 && cache.stats.isBalanced && cache.peek("key") == value)
    }
  }

  @Test func aNewcomerDoesNotWaitForACancelledLoad() async throws {
    try await simulated {
      let loads = AtomicInteger()
      let cache = CoalescingCache<String, Int> { _ in
        let number = loads.add(1)
        if number == 1 { try? await sleep(for: .seconds(1)) }
        if number == 1 { try? await spawn { try await sleep(for: .seconds(50)) }.value }
        return number
      }
      let caller = spawn { try await cache.get("key") }
      try await settle()
      caller.cancel()
      #expect(await caller.result.isCancellation)
      let value = try await cache.get("key")
      #expect(value == 2 && Simulation.elapsed < .seconds(1))
    }
  }

  @Test func aLoadThatReturnsToNobodyIsNotPublished() async throws {
    try await simulated {
      let cache = CoalescingCache<String, Int>(ttl: .seconds(60)) { _ in
        try? await sleep(for: .seconds(1))
        return 1  // in spite of its cancellation
      }
      let caller = spawn { try await cache.get("key") }
      try await settle()
      caller.cancel()
      try await sleep(for: .seconds(2))
      #expect(cache.peek("key") == nil && cache.stats.inFlight == 0 && cache.stats.loadsCancelled == 1)
    }
  }

  @Test func aLoadThatReturnsToNobodyIsPublishedIfConfigured() async throws {
    try await simulated {
      var configuration = CacheConfiguration<String, Int>(ttl: .seconds(60))
      configuration.keepsAbandonedLoads = true
      let cache = try CoalescingCache(configuration) { _ in
        try await sleep(for: .seconds(1))
        return 1
      }
      let caller = spawn { try await cache.get("key") }
      try await settle()
      caller.cancel()
      #expect(await caller.result.isCancellation)
      try await sleep(for: .seconds(2))
      #expect(cache.peek("key") == 1 && cache.stats.loads == 1 && cache.stats.isBalanced)
    }
  }

  @Test(arguments: Home.allCases) func servedThenCancelledKeepsTheValue(home: Home) async throws {
    try await simulated {
      let gate = Channel<Int>()
      let cache = Cache<String, Int>()
      let served = try await home.cancelling(after: { _ = gate.trySend(1) }) {
        try await cache.get("key") { try await gate.receive()! }
      }
      // The load ended, or was cancelled with its only caller: one of the two, and the cache agrees.
      switch served {
      case .success(let value): #expect(value == 1 && cache.peek("key") == 1)
      case .failure(let error): #expect(error is CancellationError)
      }
      try await settle()
      #expect(cache.stats.inFlight == 0 && cache.stats.isBalanced)
      let unserved = try await home.cancelling {
        try await cache.get("other") { try await gate.receive()! }
      }
      #expect(unserved.isCancellation)
      try await settle()
      guard case .full = gate.trySend(2) else { return #expect(Bool(false), "the load was left") }
    }
  }

  @Test func aHitSucceedsInACancelledTask() async throws {
    try await simulated(seeds: 0..<1) {
      let cache = CoalescingCache<String, Int> { $0.count }
      _ = try await cache.get("key")
      let caller = spawn { () async throws -> Int in
        try? await sleep(for: .seconds(100))
        return try await cache.get("key")
      }
      try await settle()
      caller.cancel()
      #expect(try await caller.value == 3)
    }
  }

  @Test(arguments: [2, 8], UInt64(0)..<4) func cancelStorms(workers: Int, seed: UInt64) async throws {
    let (running, most) = (AtomicInteger(), AtomicInteger())
    let cache = CoalescingCache<Int, Int>(ttl: .seconds(60), maxEntries: 5) { key in
      most.add(running.add(1) > 0 ? 1 : 0)
      defer { running.add(-1) }
      for _ in 0..<5 {
        await Task.yield()
        try Task.checkCancellation()
      }
      return key
    }
    try await onWorkers(workers) {
      var generator = SeededGenerator(seed: seed)
      var callers: [Goroutine<Int>] = []
      for _ in 0..<2_000 {
        let key = Int.random(in: 0..<10, using: &generator)
        callers.append(spawn { try await cache.get(key) })
        if Bool.random(using: &generator) { callers.randomElement(using: &generator)!.cancel() }
        if Int.random(in: 0..<8, using: &generator) == 0 { await Task.yield() }
        if Int.random(in: 0..<50, using: &generator) == 0 { cache.invalidate(key) }
        if Int.random(in: 0..<200, using: &generator) == 0 { cache.invalidateAll() }
      }
      for caller in callers {
        // A value or one's own cancellation: never somebody else's.
        if case .failure(let error) = await caller.result { #expect(error is CancellationError) }
      }
      await until { cache.stats.inFlight == 0 }
    }
    let stats = cache.stats
    #expect(running.load() == 0 && most.load() > 0 && stats.isBalanced && stats.entries <= 5, "\(stats)")
  }

  @Test func aLoaderThatAsksForItsOwnKeyGetsAnError() async throws {
    try await simulated {
      let cache = Cache<String, Int>()
      await #expect(throws: CacheLoadCycle.self) {
        try await cache.get("a") { try await cache.get("a") { 1 } }
      }
      let value = try await cache.get("a") { try await cache.get("b") { 2 } }
      #expect(value == 2)
    }
  }

  @Test func loadersThatAskForEachOthersKeysGetAnError() async throws {
    try await simulated {
      let (cache, other) = (Cache<String, Int>(), Cache<String, Int>())
      let first = spawn {
        try await cache.get("a") {
          try await sleep(for: .milliseconds(1))
          return try await other.get("b") { 1 }
        }
      }
      let second = spawn {
        try await other.get("b") {
          try await sleep(for: .milliseconds(1))
          return try await cache.get("a") { 1 }
        }
      }
      for result in [await first.result, await second.result] {
        #expect(throws: CacheLoadCycle.self) { try result.get() }
      }
      #expect(cache.stats.inFlight == 0 && other.stats.inFlight == 0)
    }
  }

  @Test func aLoadersOwnCancellationErrorIsNotTheCallers() async throws {
    try await simulated(seeds: 0..<1) {
      let cache = CoalescingCache<String, Int> { _ in throw CancellationError() }
      await #expect(throws: CacheLoadCancelled.self) { try await cache.get("a") }
    }
  }

  @Test func taskLocalValuesReachTheLoader() async throws {
    try await simulated(seeds: 0..<1) {
      let cache = CoalescingCache<String, String> { _ in Trace.id }
      let value = try await Trace.$id.withValue("request 7") { try await cache.get("a") }
      #expect(value == "request 7")
    }
  }
  private enum Trace { @TaskLocal static var id = "none" }
}
