import CoreTestSupport
import Revoada
@testable import RevoadaResilience
import Testing

@Suite(.timeLimit(.minutes(10)))
struct KeyedTests {
  struct Down: Error {}

  @Test func eachKeyHasItsOwnRate() async throws {
    try await simulated {
      let users = KeyedRateLimiter<String>(rate: 10, burst: 2)
      #expect(users.tryAcquire("ana", 2) && !users.tryAcquire("ana"))
      #expect(users.tryAcquire("bia"))
      try await sleep(for: .milliseconds(101))
      #expect(users.tryAcquire("ana") && !users.tryAcquire("ana"))
      try await users.acquire("ana", 2)
      #expect(Simulation.elapsed > .milliseconds(299) && Simulation.elapsed < .milliseconds(301))
      #expect(!users.tryAcquire("ana"))
      #expect(users.available("ana") == 0 && users.available("bia") == 2 && users.available("caio") == 2)
      let waiting = spawn { try await users.acquire("ana") }
      try await settle()
      #expect(users.available("ana") == 0)  // somebody waits for the next one
      waiting.cancel()
      _ = await waiting.ending
      try await sleep(for: .milliseconds(150))
      #expect(users.available("ana") == 1)
      let stats = users.stats
      #expect(stats.granted == 6 && stats.refused == 3 && stats.waiting == 0 && stats.keys == 2)
      #expect(KeyedRateLimiter<String>(rate: 0).available("ana") == 0)
    }
  }

  @Test(arguments: Home.allCases) func aCancelledWaitForAKeyLeavesNoTrace(home: Home) async throws {
    try await simulated {
      let users = KeyedRateLimiter<String>(rate: 10, burst: 2)
      #expect(users.tryAcquire("ana", 2))
      let next = spawn {
        try await sleep(for: .microseconds(50))
        try await users.acquire("ana")
        return Simulation.elapsed
      }
      let ended = try await home.cancelling { try await users.acquire("ana", 2) }
      #expect(ended.isCancellation)
      #expect(try await next.value < .milliseconds(102))
      #expect(users.stats.cancelled == 2 && users.stats.waiting == 0 && users.stats.granted == 3)
      #expect(!users.tryAcquire("ana"))
    }
  }

  @Test func keysWithWaitersAreServedInOrderAndStay() async throws {
    try await simulated {
      let users = KeyedRateLimiter<Int>(rate: 10, burst: 1, maxKeys: 2)
      let order = Recorder<Int>()
      #expect(users.tryAcquire(0))
      for index in 0..<3 {
        spawn {
          try await users.acquire(0)
          order.add(index)
        }
        try await settle()
      }
      for key in 1...50 { #expect(users.tryAcquire(key)) }
      #expect(!users.tryAcquire(0))  // not forgotten
      try await sleep(for: .milliseconds(400))
      #expect(order.values == [0, 1, 2])
      #expect(users.stats.keys <= 3)
    }
  }

  @Test func idleKeysAreDroppedUnnoticed() async throws {
    try await Simulation().run {
      let users = KeyedRateLimiter<Int>(rate: 1_000, burst: 1)
      for round in 0..<50 {
        for key in 0..<100 { #expect(users.tryAcquire(round * 100 + key)) }
        try await sleep(for: .milliseconds(2))
      }
      #expect(users.stats.keys <= 200)
      #expect(users.stats.forgotten == 0)
    }
  }

  @Test func tenMillionKeysStayBounded() async throws {
    let users = KeyedRateLimiter<Int>(rate: 1, per: .seconds(3_600), burst: 5, maxKeys: 10_000)
    // The greedy one comes back now and then, and is remembered although nobody is idle.
    var greedy = 0
    for key in 1...(10_000_000 / Self.divisor) {
      _ = users.tryAcquire(key)
      if key % 500 == 0, users.tryAcquire(-1) { greedy += 1 }
    }
    let stats = users.stats
    #expect(stats.keys == 10_000)
    #expect(stats.forgotten == 10_000_000 / Self.divisor + 1 - 10_000)
    #expect(greedy < 50)
  }
  @Test func manyKeysOfBreakersAndBulkheadsStayBounded() async throws {
    try await Simulation().run {
      let hosts = KeyedCircuitBreaker<Int>(
        name: "hosts", threshold: 2, maxKeys: 100)
      let places = KeyedBulkhead<Int>(name: "places", limit: 1)
      for key in 0..<(200_000 / Self.divisor) {
        // The worst keys: each has something to remember.
        _ = try? await hosts.call(key) { throw Down() }
        try await places.execute(key) {}
      }
      #expect(hosts.keys <= 101 && places.keys <= 6)
    }
  }

  /// Ten million take two seconds with optimisation, and a minute without.
  private static let divisor: Int = {
    #if DEBUG
      20
    #else
      1
    #endif
  }()

  @Test(arguments: 0..<10) func theKeyStoreAgreesWithADictionary(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let limit = Int.random(in: 1...20, using: &generator)
    var store = KeyedStates<Int, Int64>(limit: limit)
    var model: [Int: Int64] = [:]
    for step in 0..<3_000 {
      let key = Int.random(in: 0..<40, using: &generator)
      let known = store.find(key) != nil
      let place = store.place(of: key) {
        $0 < 0 ? nil : $0
      } make: {
        0
      }
      if !known { model[key] = 0 }
      #expect(store[place] == model[key])
      // In use, idle, or something in between.
      let state = Int64.random(in: -1...3, using: &generator)
      store[place] = state
      model[key] = state
      for (key, state) in model where store.find(key) == nil {
        #expect(state >= 0)  // what is in use stays
        model[key] = nil
      }
      #expect(store.count == model.count)
      if step % 50 == 0 { for (key, state) in model { #expect(store.find(key).map { store[$0] } == state) } }
    }
  }

  @Test func eachKeyHasItsOwnBulkhead() async throws {
    try await simulated {
      let hosts = KeyedBulkhead<String>(name: "hosts", limit: 1, queue: 0)
      let gate = Channel<Void>()
      let holder = spawn { try await hosts.execute("a") { _ = try await gate.receive() } }
      try await settle()
      await #expect(throws: BulkheadFull.self) { try await hosts.execute("a") {} }
      #expect(try await hosts.execute("b") { 1 } == 1)
      for key in 0..<100 { try await hosts.execute("\(key)") {} }
      #expect(hosts.keys <= 6)
      #expect(hosts.stats(of: "a")?.running == 1)
      gate.close()
      try await holder.value
    }
  }

  @Test func eachKeyHasItsOwnBreaker() async throws {
    try await Simulation().run {
      let hosts = KeyedCircuitBreaker<Int>(name: "hosts", threshold: 2, openFor: .seconds(30), maxKeys: 10)
      for _ in 0..<2 { await #expect(throws: Down.self) { try await hosts.call(-1) { throw Down() } } }
      await #expect(throws: CircuitOpen.self) { try await hosts.call(-1) {} }
      for key in 0..<1_000 {
        try await hosts.call(key) {}
        await #expect(throws: Down.self) { try await hosts.call(key) { throw Down() } }
      }
      #expect(hosts.keys <= 11)
      #expect(hosts[-1]?.state == .open)  // the open one is the last to be forgotten
    }
  }

  @Test func wrongSettingsLetNothingThrough() async {
    for limiter in [
      KeyedRateLimiter<Int>(rate: 0), KeyedRateLimiter(rate: 1, maxKeys: 0), KeyedRateLimiter(rate: .nan),
      KeyedRateLimiter(rate: 1, burst: -1),
    ] {
      #expect(throws: InvalidSetting.self) { try limiter.validate() }
      #expect(!limiter.tryAcquire(1))
      await #expect(throws: InvalidSetting.self) { try await limiter.acquire(1) }
    }
    let limiter = KeyedRateLimiter<Int>(rate: 1, burst: 2)
    await #expect(throws: RateRequestTooLarge.self) { try await limiter.acquire(1, 3) }
    await #expect(throws: InvalidSetting.self) { try await limiter.acquire(1, -3) }
    let bulkhead = KeyedBulkhead<Int>(name: "x", limit: 0)
    #expect(throws: InvalidSetting.self) { try bulkhead.validate() }
    await #expect(throws: InvalidSetting.self) { try await bulkhead.execute(1) {} }
    for breaker in [
      KeyedCircuitBreaker<Int>(name: "x", threshold: 0), KeyedCircuitBreaker(name: "x", maxKeys: 0),
    ] {
      #expect(throws: InvalidSetting.self) { try breaker.validate() }
      await #expect(throws: InvalidSetting.self) { try await breaker.call(1) {} }
    }
  }
}
