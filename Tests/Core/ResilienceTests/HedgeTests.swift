import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct HedgeTests {
  struct Broken: Error, Equatable { let attempt: Int }

  @Test func aFastCallIsMadeOnce() async throws {
    try await simulated {
      let started = AtomicInteger()
      let value = try await hedge(after: .milliseconds(50), attempts: 3) {
        try await sleep(for: .milliseconds(20))
        return started.add(1)
      }
      #expect(value == 1)
    }
  }

  @Test func theFirstSuccessCountsAndTheOthersEnd() async throws {
    try await simulated {
      let (started, cancelled) = (AtomicInteger(), AtomicInteger())
      let value = try await hedge(after: .milliseconds(50), attempts: 3) {
        let attempt = started.add(1)
        do { try await sleep(for: attempt == 1 ? .seconds(10) : .milliseconds(20)) } catch {
          cancelled.add(1)
          throw error
        }
        return attempt
      }
      #expect(value == 2)
      #expect(started.load() == 2 && cancelled.load() == 1)
      #expect(Simulation.elapsed >= .milliseconds(70) && Simulation.elapsed < .milliseconds(72))
    }
  }

  @Test func aFailureStartsTheNextAttemptAtOnce() async throws {
    try await simulated {
      let started = AtomicInteger()
      let value = try await hedge(after: .seconds(5), attempts: 3) {
        let attempt = started.add(1)
        if attempt < 3 { throw Broken(attempt: attempt) }
        return attempt
      }
      #expect(value == 3)
      #expect(Simulation.elapsed < .seconds(1))
    }
  }

  @Test func theLastErrorIsThrownWhenAllFail() async throws {
    try await simulated {
      let started = AtomicInteger()
      let error = await #expect(throws: Broken.self) {
        try await hedge(after: .milliseconds(1), attempts: 3) {
          let attempt = started.add(1)
          try await sleep(for: .milliseconds(10 * attempt))
          throw Broken(attempt: attempt)
        }
      }
      #expect(error == Broken(attempt: 3))
      started.store(0)
      await #expect(throws: Broken.self) {
        try await hedge(after: .seconds(1), attempts: 3) { throw permanent(Broken(attempt: started.add(1))) }
      }
      #expect(started.load() == 1)
    }
  }

  @Test func aBudgetLimitsFurtherAttempts() async throws {
    try await simulated {
      let (budget, started) = (RetryBudget(ratio: 0, reserve: 1), AtomicInteger())
      for _ in 0..<3 {
        _ = try await hedge(after: .milliseconds(1), attempts: 5, budget: budget) {
          started.add(1)
          try await sleep(for: .milliseconds(50))
        }
      }
      #expect(started.load() == 4)
    }
  }

  @Test(arguments: Home.allCases) func cancellingEndsAllAttempts(home: Home) async throws {
    try await simulated {
      let (started, ended) = (AtomicInteger(), AtomicInteger())
      let result = try await home.cancelling {
        try await hedge(after: .microseconds(20), attempts: 3) {
          started.add(1)
          defer { ended.add(1) }
          try await sleep(for: .seconds(9))
        }
      }
      #expect(result.isCancellation)
      #expect(started.load() == ended.load() && started.load() > 1)
    }
  }

  @Test(arguments: [(Duration.seconds(-1), 2), (.zero, 0), (.zero, -1), (.zero, .max)])
  func wrongSettingsStartNothing(delay: Duration, attempts: Int) async {
    await #expect(throws: InvalidSetting.self) {
      try await hedge(after: delay, attempts: attempts) { Issue.record("ran") }
    }
  }
}
