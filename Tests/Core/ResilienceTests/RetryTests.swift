import CoreTestSupport
@testable import RevoadaResilience
import Revoada
import RevoadaScheduling
import Testing

@Suite(.timeLimit(.minutes(10)))
struct RetryTests {
  struct Flaky: Error, Equatable { let attempt: Int }
  struct Busy: RetryAfterError { let retryAfter: Duration? }

  /// Fails until the attempt of the given number; records when each attempt started.
  private static func failing(
    until good: Int, _ policy: RetryPolicy, _ times: Recorder<Duration>
  ) async throws -> Int {
    try await retry(policy) { attempt in
      times.add(Simulation.elapsed)
      if attempt.number < good { throw Flaky(attempt: attempt.number) }
      return attempt.number
    }
  }

  @Test(arguments: [
    (RetryPolicy.constant(attempts: 4, delay: .milliseconds(50)), [0, 50, 100, 150]),
    (.linear(attempts: 4, initial: .milliseconds(10), max: .milliseconds(25)), [0, 10, 30, 55]),
    (
      .exponential(attempts: 4, initial: .milliseconds(50), max: .milliseconds(125), jitter: .none),
      [0, 50, 150, 275]
    ),
    (.exponential(attempts: 3, initial: .milliseconds(10), multiplier: 3, jitter: .none), [0, 10, 40]),
    (.none, [0]),
  ]) func pausesGrowAsThePolicySays(policy: RetryPolicy, starts: [Int]) async throws {
    try await Simulation().run {
      let times = Recorder<Duration>()
      let attempts = try await Self.failing(until: policy.attempts, policy, times)
      #expect(attempts == policy.attempts)
      for (time, start) in zip(times.values, starts) {
        #expect(time >= .milliseconds(start) && time < .milliseconds(start + 1))
      }
      #expect(times.values.count == starts.count)
    }
  }

  @Test func theLastErrorIsThrownWhenAttemptsAreUsedUp() async throws {
    try await Simulation().run {
      let times = Recorder<Duration>()
      let error = await #expect(throws: Flaky.self) {
        try await Self.failing(until: 9, .exponential(attempts: 3), times)
      }
      #expect(error == Flaky(attempt: 3))
      #expect(times.values.count == 3)
    }
  }

  @Test(arguments: [RetryPolicy.Jitter.full, .equal, .decorrelated])
  func jitterStaysWithinItsBounds(jitter: RetryPolicy.Jitter) {
    var policy = RetryPolicy.exponential(
      attempts: 9, initial: .nanoseconds(100), max: .nanoseconds(1_000), jitter: jitter)
    let generator = Guarded(SeededGenerator(seed: 3))
    policy.random = { generator.withLock { $0.next() } }
    var seen = Set<Int64>()
    for _ in 0..<2_000 {
      var last: Int64 = 0
      for failures in 1...6 {
        let computed = min(Int64(1_000), Int64(100) << Int64(failures - 1))
        let range: ClosedRange<Int64> =
          switch jitter {
          case .none: computed...computed
          case .full: Int64(0)...computed
          case .equal: (computed / 2)...computed
          case .decorrelated: Int64(100)...min(1_000, max(300, last * 3))
          }
        last = policy.pause(afterFailure: failures, last: last)
        #expect(range.contains(last))
        if failures == 1 { seen.insert(last) }
      }
    }
    #expect(seen.count > 40)  // it does spread
  }

  @Test func aSimulationRepeatsThePauses() async throws {
    @Sendable func pauses() async throws -> [Duration] {
      let times = Recorder<Duration>()
      try await Simulation(seed: 5).run {
        _ = try await Self.failing(until: 6, .exponential(attempts: 6), times)
      }
      return times.values
    }
    let (first, second) = (try await pauses(), try await pauses())
    #expect(first == second)
  }

  @Test func hugePausesAreCutAndDoNotOverflow() {
    let policy = RetryPolicy.exponential(
      attempts: .max, initial: .seconds(Int64.max), max: .seconds(Int64.max), multiplier: 1e300, jitter: .none
    )
    #expect(policy.pause(afterFailure: 5_000, last: 0) == .max)
    let spread = RetryPolicy.exponential(attempts: 2, initial: .seconds(Int64.max), max: .seconds(Int64.max))
    #expect(spread.pause(afterFailure: 2, last: .max) >= 0)
    var decorrelated = spread
    decorrelated.jitter = .decorrelated
    #expect(decorrelated.pause(afterFailure: 2, last: .max) >= 0)
  }

  @Test func aPermanentErrorIsNotRetriedAndComesOutUnwrapped() async {
    let calls = AtomicInteger()
    let error = await #expect(throws: Flaky.self) {
      try await retry(.exponential(attempts: 5)) {
        calls.add(1)
        throw permanent(permanent(Flaky(attempt: 7)))
      }
    }
    #expect(error == Flaky(attempt: 7))
    #expect(calls.load() == 1)
  }

  @Test func errorsThatThePolicyDoesNotRetryEndIt() async {
    let policy = RetryPolicy.constant(attempts: 5, delay: .zero).retrying { ($0 as? Flaky)?.attempt == 1 }
    let outcome: Retried<Void> = await retryResult(policy) { throw Flaky(attempt: $0.number) }
    #expect(outcome.attempts == 2)
    #expect(outcome.end == .notRetryable)
  }

  @Test func anErrorMayAskForALongerPause() async throws {
    try await Simulation().run {
      let policy = RetryPolicy.constant(attempts: 2, delay: .seconds(1))
      let outcome = await retryResult(policy) { attempt in
        if attempt.number == 1 { throw Busy(retryAfter: .seconds(60)) }
      }
      #expect(outcome.duration >= .seconds(60) && outcome.duration < .seconds(61))
      #expect(outcome.end == .succeeded && outcome.attempts == 2)
    }
  }

  @Test func noAttemptStartsAfterTheTimeLimitOfThePolicy() async throws {
    try await Simulation().run {
      let policy = RetryPolicy.constant(attempts: 100, delay: .seconds(1)).limited(to: .milliseconds(3_500))
      let outcome: Retried<Void> = await retryResult(policy) { throw Flaky(attempt: $0.number) }
      #expect(outcome.attempts == 4)
      #expect(outcome.end == .elapsed)
      #expect(outcome.duration < .milliseconds(3_500))  // it does not wait in vain
    }
  }

  @Test func noAttemptStartsThatTheDeadlineCannotCover() async throws {
    try await Simulation().run {
      let policy = RetryPolicy.constant(attempts: 100, delay: .seconds(1))
      let attempts = AtomicInteger()
      let error = await #expect(throws: Flaky.self) {
        try await withTimeout(.milliseconds(2_500)) {
          try await retry(policy) { attempt in
            attempts.store(attempt.number)
            throw Flaky(attempt: attempt.number)
          }
        }
      }
      #expect(error == Flaky(attempt: 3))  // the real cause, not that time ran out
      #expect(Simulation.elapsed < .milliseconds(2_100))

      var careful = policy
      careful.attemptTime = .milliseconds(800)
      let outcome = try await withTimeout(.milliseconds(2_500)) { [careful] in
        let outcome: Retried<Void> = await retryResult(careful) { throw Flaky(attempt: $0.number) }
        return (outcome.attempts, outcome.end)
      }
      #expect(outcome == (2, .deadline))  // the third would have 500 ms

      let none = try await withTimeout(.milliseconds(500)) { [careful] in
        await retryResult(careful) { _ in attempts.store(-1) }.result
      }
      #expect(throws: NoTimeForAttempt.self) { try none.get() }
      #expect(attempts.load() == 3)
    }
  }

  @Test(arguments: Home.allCases) func cancellingEndsThePause(home: Home) async throws {
    try await simulated {
      let attempts = AtomicInteger()
      let ended = try await home.cancelling {
        try await retry(.constant(attempts: 9, delay: .seconds(100))) {
          attempts.add(1)
          throw Flaky(attempt: 0)
        }
      }
      #expect(ended.isCancellation)
      #expect(attempts.load() == 1)
      #expect(Simulation.elapsed < .seconds(1))
    }
  }

  @Test func nestedRetriesDoNotMultiply() async throws {
    try await Simulation().run {
      let calls = AtomicInteger()
      let policy = RetryPolicy.exponential(attempts: 4)
      await #expect(throws: Flaky.self) {
        try await retry(policy) {
          try await retry(policy) {
            try await retry(.constant(attempts: 6, delay: .milliseconds(1))) {
              calls.add(1)
              throw Flaky(attempt: calls.load())
            }
          }
        }
      }
      #expect(calls.load() == 6)  // not 96: as the most generous of the three allows

      calls.store(0)
      let own = {
        var own = policy
        own.sharesAttempts = false
        return own
      }()
      await #expect(throws: Flaky.self) {
        try await retry(policy) {
          try await retry(own) {
            calls.add(1)
            throw Flaky(attempt: 0)
          }
        }
      }
      #expect(calls.load() == 16)
    }
  }

  @Test func aGoroutineThatOutlivesARetryIsFreeOfIt() async throws {
    try await Simulation().run {
      let gate = Channel<Void>()
      let calls = AtomicInteger()
      let policy = RetryPolicy.constant(attempts: 3, delay: .milliseconds(1))
      let late = try? await retry(policy) { attempt in
        if !attempt.isLast { throw Flaky(attempt: attempt.number) }
        return spawn {
          _ = try await gate.receive()
          try await retry(policy) {
            if calls.add(1) < 3 { throw Flaky(attempt: 0) }
          }
        }
      }
      try await gate.send(())
      try await late?.value
      #expect(calls.load() == 3)
    }
  }

  @Test func aBudgetLimitsTheRetriesOfManyOperations() async throws {
    try await Simulation().run {
      let budget = RetryBudget(ratio: 0.5, reserve: 3)
      let policy = RetryPolicy.constant(attempts: 10, delay: .zero).drawing(from: budget)
      func attempts() async -> Int {
        await retryResult(policy) { throw Flaky(attempt: $0.number) }.attempts
      }
      #expect(await attempts() == 4)  // the reserve
      #expect(await attempts() == 1)
      #expect(await attempts() == 2)  // two operations have paid for one retry
      #expect(budget.available == 0)
    }
  }

  @Test(arguments: [
    RetryPolicy.constant(attempts: 0, delay: .zero), .constant(attempts: -1, delay: .zero),
    .constant(attempts: 2, delay: .seconds(-1)), .exponential(attempts: 2, max: .seconds(-1)),
    .exponential(attempts: 2, multiplier: .nan), .exponential(attempts: 2, multiplier: .infinity),
    .exponential(attempts: 2, multiplier: 0.5), .none.limited(to: .seconds(-1)),
    .none.drawing(from: RetryBudget(ratio: .nan)), .none.drawing(from: RetryBudget(reserve: -1)),
  ]) func wrongSettingsAreReportedBeforeTheFirstAttempt(policy: RetryPolicy) async {
    #expect(throws: InvalidSetting.self) { try policy.validate() }
    let calls = AtomicInteger()
    let error = await #expect(throws: InvalidSetting.self) { try await retry(policy) { calls.add(1) } }
    #expect(calls.load() == 0)
    #expect(error.map { "\($0)".contains(" must be ") } == true)
  }
}
