import CoreTestSupport
@testable import RevoadaResilience
import Testing

/// The breaker's decisions alone, with injected time.
struct BreakerMachineTests {
  private static func machine(
    _ trip: BreakerTrip = .consecutive(2), probes: Int = 2, slowAfter: Int64? = nil
  ) -> BreakerMachine {
    BreakerMachine(
      BreakerSettings(
        trip: trip, slowAfter: slowAfter, slowRate: 0.5, openFor: 100, probes: probes, halfOpenFor: 50),
      isUsable: true)
  }

  /// Lets a call in and ends it at once; nil if it was refused.
  private static func call(
    _ machine: inout BreakerMachine, _ outcome: BreakerMachine.Outcome, at now: Int64, slow: Bool = false
  ) -> Bool? {
    machine.settle(now: now)
    guard case .admitted(let generation) = machine.admit(now: now) else { return nil }
    return machine.ended(outcome, generation: generation, slow: slow, now: now)
  }

  @Test func theWholeRound() {
    var machine = Self.machine()
    #expect(Self.call(&machine, .failure, at: 1) == true)
    #expect(Self.call(&machine, .failure, at: 2) == true)
    #expect(machine.publicState == .open && machine.nextChange == 102)
    machine.settle(now: 101)
    #expect(machine.admit(now: 101) == .refused(after: 1))
    machine.settle(now: 102)
    #expect(machine.publicState == .halfOpen && machine.nextChange == nil)
    let generation = machine.generation
    #expect(machine.admit(now: 103) == .admitted(generation: generation))
    #expect(machine.nextChange == 153)
    #expect(machine.admit(now: 104) == .admitted(generation: generation))
    #expect(machine.admit(now: 105) == .refused(after: nil))
    let (first, second) = (
      machine.ended(.success, generation: generation, slow: false, now: 106),
      machine.ended(.success, generation: generation, slow: false, now: 107)
    )
    #expect(first && second)
    #expect(machine.publicState == .closed && machine.generation == generation + 1)
    #expect(machine.entered == [.open, .halfOpen, .closed])
  }

  @Test func everyFailureInHalfOpenRestartsTheTimer() {
    var machine = Self.machine(.consecutive(1))
    for round in Int64(0)..<5 {
      let now = round * 1_000
      #expect(Self.call(&machine, .failure, at: now) == true)
      #expect(machine.nextChange == now + 100)
    }
  }

  @Test func probesThatDoNotComeBackCountAsAFailureAtTheirDeadline() {
    var machine = Self.machine(.consecutive(1))
    _ = Self.call(&machine, .failure, at: 0)
    machine.settle(now: 200)
    let probe = machine.admit(now: 200)
    machine.settle(now: 249)
    #expect(machine.publicState == .halfOpen)
    machine.settle(now: 260)
    #expect(machine.publicState == .open && machine.nextChange == 350)  // from the deadline, not from now
    machine.settle(now: 400)
    #expect(machine.publicState == .halfOpen)
    guard case .admitted(let generation) = probe else { return #expect(Bool(false)) }
    let counted = machine.ended(.failure, generation: generation, slow: false, now: 401)
    #expect(!counted && machine.publicState == .halfOpen)
  }

  @Test func timeThatGoesBackwardChangesNothing() {
    var machine = Self.machine(.timeWindow(.nanoseconds(100), failureRate: 1, minimumCalls: 3))
    _ = Self.call(&machine, .failure, at: 1_000)
    _ = Self.call(&machine, .failure, at: 10)
    #expect(machine.window?.total.calls == 2)
    _ = Self.call(&machine, .failure, at: 1_001)
    #expect(machine.publicState == .open)
    machine.settle(now: 0)
    #expect(machine.publicState == .open)
  }

  @Test(arguments: 0..<20) func windowsAgreeWithAListOfCalls(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let size = Int.random(in: 1...20, using: &generator)
    var (count, time) = (BreakerWindow(calls: size), BreakerWindow(duration: Int64(size) * 10))
    var calls: [(time: Int64, tally: BreakerTally)] = []
    var now = Int64(0)
    for _ in 0..<2_000 {
      now += Int64.random(in: 0...Int64(size), using: &generator)
      let tally = BreakerTally(
        calls: 1, failures: .random(in: 0...1, using: &generator), slow: .random(in: 0...1, using: &generator)
      )
      calls.append((now, tally))
      count.record(tally, now: now)
      time.record(tally, now: now)
      func total(_ calls: ArraySlice<(time: Int64, tally: BreakerTally)>) -> BreakerTally {
        calls.reduce(into: BreakerTally()) { $0 += $1.tally }
      }
      #expect(count.total == total(calls.suffix(size)))
      // A time window moves by tenths.
      let slice = Int64(size)
      #expect(time.total == total(calls.filter { $0.time / slice > now / slice - 10 }[...]))
    }
  }
}

/// The decisions of a retry alone.
struct RetryProgressTests {
  private static func progress(_ policy: RetryPolicy) -> RetryProgress { RetryProgress(policy, start: 1_000) }

  @Test func nothingIsSpentOnARetryThatIsNotMade() {
    let policy = RetryPolicy.constant(attempts: 3, delay: .nanoseconds(10)).limited(to: .nanoseconds(100))
    var spent = 0
    func decide(
      isRetryable: Bool = true, after: Int64? = nil, now: Int64 = 1_000, remaining: Int64? = nil,
      funds: Bool = true
    ) -> RetryProgress.Decision {
      var progress = Self.progress(policy)
      return progress.failed(isRetryable: isRetryable, after: after, now: now, remaining: remaining) {
        spent += 1
        return funds
      }
    }
    #expect(decide(isRetryable: false) == .end(.notRetryable))
    #expect(decide(now: 1_091) == .end(.elapsed))
    #expect(decide(after: 101) == .end(.elapsed))
    #expect(decide(remaining: 10) == .end(.deadline))
    #expect(decide(after: 20, remaining: 20) == .end(.deadline))
    #expect(spent == 0)
    #expect(decide(funds: false) == .end(.budget))
    #expect(decide(remaining: 11) == .again(pause: 10))
    #expect(decide(after: 50) == .again(pause: 50))
    #expect(decide(after: -5, now: 1_090) == .again(pause: 10))
    #expect(spent == 4)
  }

  @Test func theLastAttemptIsTheLast() {
    var progress = Self.progress(.constant(attempts: 2, delay: .zero))
    func fail() -> RetryProgress.Decision {
      progress.failed(isRetryable: true, after: nil, now: 0, remaining: nil) { true }
    }
    #expect(fail() == .again(pause: 0))
    #expect(fail() == .end(.attemptsUsedUp))
  }
}
