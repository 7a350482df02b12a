import CoreTestSupport
import Revoada
import Testing

/// Everybody waits, and everybody is cancelled while the first are being served; on real workers.
@Suite(.timeLimit(.minutes(10)))
struct CancelledWhileServedTests {
  @Test(arguments: [2, 8]) func aBulkheadLosesNoPlace(workers: Int) async throws {
    let (bulkhead, asked) = (Bulkhead(name: "api", limit: 2), AtomicInteger())
    try await onWorkers(workers) {
      for round in 0..<40 {
        let gate = Channel<Void>()
        let holders = (0..<2).map { _ in
          spawn { try await bulkhead.execute { _ = try await gate.receive() } }
        }
        await until { bulkhead.stats.running == 2 }
        asked.add(2)
        try await cancelAll(40) { index in
          asked.add(1)
          try await bulkhead.execute { await Task.yield() }
        } meanwhile: {
          for _ in 0..<round { await Task.yield() }
          gate.close()
        }
        for holder in holders { try await holder.value }
      }
    }
    let stats = bulkhead.stats
    #expect(stats.running == 0 && stats.waiting == 0)
    #expect(stats.completed + stats.cancelled == asked.load())
  }

  @Test(arguments: [2, 8]) func limitersLoseNoToken(workers: Int) async throws {
    let limiter = RateLimiter(rate: 10_000, burst: 5)
    let users = KeyedRateLimiter<Int>(rate: 10_000, burst: 5)
    let (taken, ofUsers) = (AtomicInteger(), AtomicInteger())
    try await onWorkers(workers) {
      for round in 0..<40 {
        try await cancelAll(40) { index in
          if index % 2 == 0 {
            try await limiter.acquire(index % 3 + 1)
            taken.add(index % 3 + 1)
          } else {
            try await users.acquire(index % 4, index % 3 + 1)
            ofUsers.add(index % 3 + 1)
          }
        } meanwhile: {
          try await sleep(for: .microseconds(round * 50))
        }
      }
    }
    #expect(limiter.stats.granted == taken.load() && limiter.stats.waiting == 0)
    #expect(users.stats.granted == ofUsers.load() && users.stats.waiting == 0)
  }

  @Test(arguments: [2, 8]) func anAdaptiveLimiterLosesNoPlace(workers: Int) async throws {
    let (limiter, inside) = (AdaptiveLimiter(name: "search"), AtomicInteger())
    try await onWorkers(workers) {
      for seed in UInt64(1)...3 {
        await cancelStorm(600, seed: seed) { _ in
          try await limiter.execute {
            inside.add(1)
            defer { inside.add(-1) }
            await Task.yield()
          }
        }
      }
    }
    #expect(inside.load() == 0)
    #expect(limiter.stats.running == 0 && limiter.stats.waiting == 0)
  }

  @Test(arguments: [2, 8]) func aBreakerLosesNoProbe(workers: Int) async throws {
    struct Down: Error {}
    let breaker = CircuitBreaker(name: "db", threshold: 1, openFor: .microseconds(100), halfOpenProbes: 2)
    try await onWorkers(workers) {
      for _ in 0..<40 {
        _ = try? await breaker.call { throw Down() }
        try await cancelAll(40) { _ in
          try await breaker.call { try await sleep(for: .seconds(60)) }
        } meanwhile: {
          try await sleep(for: .microseconds(200))
        }
        // The cancelled probes have given their places back.
        try await sleep(for: .microseconds(200))
        while breaker.state != .closed { _ = try? await breaker.call {} }
      }
    }
    #expect(breaker.stats.running == 0 && breaker.state == .closed)
  }

  @Test(arguments: Home.allCases) func anAdaptiveLimiterServesThenCancels(home: Home) async throws {
    try await simulated {
      let limiter = AdaptiveLimiter(name: "search")
      let gate = Channel<Void>()
      let served = try await home.cancelling(after: { _ = gate.trySend(()) }) {
        try await limiter.execute { _ = try await gate.receive() }
      }
      #expect(throws: Never.self) { try served.get() }
      let unserved = try await home.cancelling { try await limiter.execute { _ = try await gate.receive() } }
      #expect(unserved.isCancellation)
      #expect(try await limiter.execute { 1 } == 1)
    }
  }
}
