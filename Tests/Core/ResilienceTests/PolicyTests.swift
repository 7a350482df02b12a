import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct PolicyTests {
  struct Down: Error {}

  /// A layer that notes when it is entered.
  struct Note: PolicyLayer {
    let name: String
    let notes: Recorder<String>
    func run<Success: Sendable>(
      _ operation: @escaping @Sendable () async throws -> Success
    ) async throws -> Success {
      notes.add("+" + name)
      defer { notes.add("-" + name) }
      return try await operation()
    }
  }

  @Test func theFirstLayerIsTheOutermost() async throws {
    let notes = Recorder<String>()
    let inner = Policy { for name in ["c", "d"] { Note(name: name, notes: notes) } }
    let policy = Policy {
      Note(name: "a", notes: notes)
      if notes.values.isEmpty { Note(name: "b", notes: notes) }
      inner
    }
    #expect(try await policy.run { 42 } == 42)
    #expect(notes.values == ["+a", "+b", "+c", "+d", "-d", "-c", "-b", "-a"])
  }

  @Test func theOrderOfRetryAndBreakerMatters() async throws {
    try await simulated {
      let (each, series) = (
        CircuitBreaker(name: "each", threshold: 3, openFor: .seconds(60)),
        CircuitBreaker(name: "series", threshold: 3, openFor: .seconds(60))
      )
      let attempts = RetryPolicy.constant(attempts: 3, delay: .milliseconds(1))
      _ = try? await Policy {
        Retry(attempts)
        Breaker(each)
      }.run { throw Down() }
      _ = try? await Policy {
        Breaker(series)
        Retry(attempts)
      }.run { throw Down() }
      #expect(each.stats.failures == 3 && each.state == .open)
      #expect(series.stats.failures == 1 && series.state == .closed)
    }
  }

  @Test func aTimeoutInsideIsForEachAttemptAndOneOutsideForAll() async throws {
    try await simulated {
      let attempts = AtomicInteger()
      let policy = Policy {
        Timeout(.milliseconds(350))
        Retry(.constant(attempts: 10, delay: .milliseconds(10)))
        Timeout(.milliseconds(100))
      }
      let error = await #expect(throws: TimedOut.self) {
        try await policy.run {
          attempts.add(1)
          try await sleep(for: .seconds(5))
        }
      }
      #expect(attempts.load() == 4)
      #expect(error?.limit == .milliseconds(350))
      #expect(Simulation.elapsed < .milliseconds(360))
    }
  }

  @Test func allLayersComposeAndShareTheirObjects() async throws {
    try await simulated(seeds: 0..<4) {
      let breaker = CircuitBreaker(name: "db", threshold: 3)
      let bulkhead = Bulkhead(name: "db", limit: 2)
      let limiter = RateLimiter(rate: 100, burst: 2)
      let adaptive = AdaptiveLimiter(name: "db", queue: nil)
      let policy = Policy {
        Timeout(.seconds(5))
        RateLimit(limiter)
        Retry(.exponential(attempts: 4))
        Breaker(breaker)
        Isolation(bulkhead)
        AdaptiveLimit(adaptive)
        Hedge(after: .milliseconds(30))
      }
      try policy.validate()
      let running = AtomicInteger()
      try await withScope { scope in
        for index in 0..<20 {
          scope.spawn {
            let value = try await policy.run {
              #expect(running.add(1) <= 4)  // two, and a hedge of each
              defer { running.add(-1) }
              try await sleep(for: .milliseconds(index % 5 == 0 ? 60 : 5))
              return index
            }
            #expect(value == index)
          }
        }
      }
      #expect(breaker.stats.successes == 20 && bulkhead.stats.completed == 20)
      #expect(limiter.stats.granted == 20 && adaptive.stats.completed == 20)
    }
  }

  @Test(arguments: Home.allCases) func cancellingGoesThrough(home: Home) async throws {
    try await simulated {
      let bulkhead = Bulkhead(name: "db", limit: 1)
      let breaker = CircuitBreaker(name: "db", threshold: 1)
      let policy = Policy {
        Timeout(.seconds(50))
        Retry(.exponential(attempts: 3))
        Breaker(breaker)
        Isolation(bulkhead)
      }
      let ended = try await home.cancelling { try await policy.run { try await sleep(for: .seconds(9)) } }
      #expect(ended.isCancellation)
      #expect(bulkhead.stats.running == 0 && breaker.stats.ignored == 1 && breaker.state == .closed)
    }
  }

  @Test(arguments: [
    Policy { Retry(.constant(attempts: 0, delay: .zero)) },
    Policy { Breaker(CircuitBreaker(name: "x", threshold: 0)) },
    Policy { RateLimit(RateLimiter(rate: 0)) }, Policy { Isolation(Bulkhead(name: "x", limit: 0)) },
    Policy { AdaptiveLimit(AdaptiveLimiter(name: "x", initial: 0)) }, Policy { Hedge(after: .seconds(-1)) },
  ]) func wrongSettingsAreFound(policy: Policy) async {
    #expect(throws: InvalidSetting.self) { try policy.validate() }
    await #expect(throws: InvalidSetting.self) { try await policy.run { Issue.record("ran") } }
  }
}
