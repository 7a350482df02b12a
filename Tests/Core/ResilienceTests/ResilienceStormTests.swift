import CoreTestSupport
import Revoada
import Testing

/// Many tasks on real workers, cancelled at random moments: the ledgers add up and nothing is lost.
@Suite(.timeLimit(.minutes(10)))
struct ResilienceStormTests {
  struct Down: Error {}

  @Test(arguments: [2, 8], [UInt64(1), 2, 3]) func aLimiterLosesNoToken(workers: Int, seed: UInt64)
    async throws
  {
    // So slow that nothing drips in: what is left at the end is what was not used.
    let limiter = RateLimiter(rate: 1, per: .seconds(1_000_000), burst: 1_000)
    let (used, asked) = (AtomicInteger(), AtomicInteger())
    try await onWorkers(workers) {
      await cancelStorm(600, seed: seed) { index in
        let count = index % 5 + 1
        switch index % 3 {
        case 0:
          asked.add(count)
          if limiter.tryAcquire(count) { used.add(count) }
        case 1:
          asked.add(count)
          let reservation = try limiter.reserve(count)
          await Task.yield()
          if index % 2 == 0 { reservation.cancel() } else if reservation.delay == .zero { used.add(count) }
        default:
          asked.add(count)
          // Those that wait would wait for years.
          try await withTimeout(.milliseconds(20)) {
            try await limiter.acquire(count)
            used.add(count)
          }
        }
      }
    }
    let stats = limiter.stats
    #expect(stats.granted + stats.refused + stats.cancelled + stats.waiting <= asked.load())
    #expect(stats.granted - stats.refunded <= 1_000)
    #expect(limiter.available == (stats.waiting == 0 ? 1_000 - (stats.granted - stats.refunded) : 0))
    #expect(used.load() <= stats.granted - stats.refunded)
  }

  @Test(arguments: [2, 8], [UInt64(1), 2, 3]) func aFastLimiterServesAllWhoStay(workers: Int, seed: UInt64)
    async throws
  {
    let limiter = RateLimiter(rate: 100_000, burst: 3)
    let served = AtomicInteger()
    try await onWorkers(workers) {
      await cancelStorm(600, seed: seed) { index in
        try await limiter.acquire(index % 3 + 1)
        served.add(index % 3 + 1)
      }
    }
    let stats = limiter.stats
    #expect(stats.waiting == 0 && stats.granted == served.load())
  }

  @Test(arguments: [2, 8], [UInt64(1), 2, 3]) func aBulkheadLosesNoPlace(workers: Int, seed: UInt64)
    async throws
  {
    let bulkhead = Bulkhead(name: "api", limit: 4, queue: 50)
    let (inside, asked) = (AtomicInteger(), AtomicInteger())
    try await onWorkers(workers) {
      await cancelStorm(1_000, seed: seed) { index in
        let body: @Sendable () async throws -> Void = {
          #expect(inside.add(1) <= 4)
          defer { inside.add(-1) }
          await Task.yield()
          if index % 7 == 0 { throw Down() }
        }
        asked.add(1)
        if index % 5 == 0 {
          try await bulkhead.execute(waitingAtMost: .microseconds(100), body)
        } else {
          try await bulkhead.execute(body)
        }
      }
    }
    let stats = bulkhead.stats
    #expect(stats.running == 0 && stats.waiting == 0)
    #expect(stats.completed + stats.refused + stats.cancelled == asked.load())
    for _ in 0..<4 { try await bulkhead.execute {} }
  }

  @Test(arguments: [2, 8], [UInt64(1), 2, 3]) func aBreakerLosesNoProbe(workers: Int, seed: UInt64)
    async throws
  {
    let breaker = CircuitBreaker(name: "db", threshold: 3, openFor: .microseconds(200), halfOpenProbes: 2)
    let (ran, asked) = (AtomicInteger(), AtomicInteger())
    try await onWorkers(workers) {
      await cancelStorm(2_000, seed: seed) { index in
        asked.add(1)
        try await breaker.call {
          ran.add(1)
          try await sleep(for: .microseconds(index % 50))
          if index % 3 != 0 { throw Down() }
        }
      }
      // However it was left, it comes back.
      while breaker.state != .closed {
        _ = try? await breaker.call {}
        try await sleep(for: .microseconds(50))
      }
    }
    let stats = breaker.stats
    #expect(stats.running == 0)
    #expect(stats.admitted + stats.refused >= asked.load())
    #expect(stats.successes + stats.failures + stats.ignored + stats.late == stats.admitted)
  }

  @Test(arguments: [2, 8]) func keyedObjectsKeepWhatIsInUse(workers: Int) async throws {
    let users = KeyedRateLimiter<Int>(rate: 1_000_000, burst: 2, maxKeys: 8)
    let hosts = KeyedBulkhead<Int>(name: "hosts", limit: 1)
    let inside = (0..<20).map { _ in AtomicInteger() }
    try await onWorkers(workers) {
      await cancelStorm(1_000, seed: 5) { index in
        let key = index % 20
        try await users.acquire(key, index % 2 + 1)
        try await hosts.execute(key) {
          #expect(inside[key].add(1) == 1)
          defer { inside[key].add(-1) }
          await Task.yield()
        }
      }
    }
    #expect(users.stats.waiting == 0)
    #expect(inside.allSatisfy { $0.load() == 0 })
    #expect((0..<20).allSatisfy { hosts.stats(of: $0)?.running ?? 0 == 0 })
  }

  @Test(arguments: [2, 8]) func policiesAndHedgesLeaveNothingBehind(workers: Int) async throws {
    let (bulkhead, running) = (Bulkhead(name: "api", limit: 8), AtomicInteger())
    try await onWorkers(workers) {
      let policy = Policy {
        Timeout(.milliseconds(5))
        Retry(.exponential(attempts: 3, initial: .microseconds(10)))
        Isolation(bulkhead)
        Hedge(after: .microseconds(50))
      }
      await cancelStorm(300, seed: 11) { index in
        try await policy.run {
          running.add(1)
          defer { running.add(-1) }
          try await sleep(for: .microseconds(index % 200))
          if index % 3 == 0 { throw Down() }
        }
      }
    }
    #expect(running.load() == 0)
    #expect(bulkhead.stats.running == 0 && bulkhead.stats.waiting == 0)
  }
}
