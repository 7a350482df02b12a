import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct CircuitBreakerTests {
  struct Down: Error {}
  struct NotFound: Error {}

  private static func fail(_ breaker: CircuitBreaker, times: Int = 1) async {
    for _ in 0..<times { await #expect(throws: Down.self) { try await breaker.call { throw Down() } } }
  }

  @Test func itOpensAtTheThresholdAndRefusesWithoutCalling() async throws {
    try await simulated {
      let breaker = CircuitBreaker(name: "db", threshold: 3, openFor: .seconds(30))
      await Self.fail(breaker, times: 2)
      #expect(try await breaker.call { 7 } == 7)  // a success starts the count again
      await Self.fail(breaker, times: 2)
      #expect(breaker.state == .closed)
      await Self.fail(breaker)
      #expect(breaker.state == .open)
      try await sleep(for: .seconds(10))
      let called = AtomicInteger()
      let error = await #expect(throws: CircuitOpen.self) { try await breaker.call { called.add(1) } }
      #expect(called.load() == 0)
      #expect(error?.name == "db" && error?.state == .open)
      #expect(error?.remaining.map { $0 <= .seconds(20) && $0 > .seconds(19) } == true)
      #expect(error.map { "\($0)".contains("open") && "\($0)".contains("db") } == true)
    }
  }

  @Test func timeAloneTurnsItHalfOpenAndAFailedProbeRestartsTheTimer() async throws {
    try await simulated {
      let breaker = CircuitBreaker(name: "db", threshold: 1, openFor: .milliseconds(400))
      let changes = breaker.changes()
      await Self.fail(breaker)
      try await sleep(for: .milliseconds(600))
      #expect(breaker.state == .halfOpen)
      await Self.fail(breaker)
      #expect(breaker.state == .open)
      try await sleep(for: .milliseconds(300))
      #expect(breaker.state == .open)
      try await sleep(for: .milliseconds(200))
      #expect(try await breaker.call { "up" } == "up")
      #expect(breaker.state == .closed)
      var seen: [CircuitBreaker.State] = []
      while case .received(let change) = changes.tryReceive() { seen.append(change.to) }
      #expect(seen == [.open, .halfOpen, .open, .halfOpen, .closed])
    }
  }

  @Test func halfOpenLetsSoManyProbesThroughAtOnceAndNeedsAsManySuccesses() async throws {
    try await simulated {
      let breaker = CircuitBreaker(name: "db", threshold: 1, openFor: .seconds(1), halfOpenProbes: 2)
      await Self.fail(breaker)
      try await sleep(for: .seconds(1))
      let gate = Channel<Void>()
      let probes = (0..<2).map { _ in spawn { try await breaker.call { _ = try await gate.receive() } } }
      try await settle()
      let refused = await #expect(throws: CircuitOpen.self) { try await breaker.call {} }
      #expect(refused?.state == .halfOpen && refused?.remaining == nil)
      try await gate.send(())
      try await settle()
      #expect(breaker.state == .halfOpen)
      try await gate.send(())
      for probe in probes { try await probe.value }
      #expect(breaker.state == .closed)
    }
  }

  @Test func aProbeThatNeverReturnsDoesNotKeepItHalfOpen() async throws {
    try await simulated {
      let breaker = CircuitBreaker(
        name: "db", threshold: 1, openFor: .seconds(1), halfOpenFor: .seconds(5))
      let changes = breaker.changes()
      await Self.fail(breaker)
      try await sleep(for: .seconds(1))
      let gate = Channel<Void>()
      let stuck = spawn { try await breaker.call { _ = try await gate.receive() } }
      try await sleep(for: .milliseconds(5_500))
      #expect(changes.count == 3)  // told on time, without anybody asking
      #expect(breaker.state == .open)
      try await sleep(for: .milliseconds(1_000))
      #expect(breaker.state == .halfOpen)
      gate.close()
      try await stuck.value
      #expect(breaker.state == .halfOpen)  // its late success says nothing
      #expect(breaker.stats.late == 1)
      try await breaker.call {}
      #expect(breaker.state == .closed)
    }
  }

  @Test func outcomesOfAnOlderGenerationAreIgnored() async throws {
    try await simulated {
      let breaker = CircuitBreaker(name: "db", threshold: 1, openFor: .seconds(1))
      let gate = Channel<Bool>()
      let old = spawn { try await breaker.call { if try await gate.receive() == true { throw Down() } } }
      try await settle()
      await Self.fail(breaker)
      try await sleep(for: .seconds(1))
      try await breaker.call {}
      #expect(breaker.state == .closed)
      try await gate.send(true)
      _ = await old.result
      #expect(breaker.state == .closed)
      #expect(breaker.stats.late == 1)
    }
  }

  @Test(arguments: Home.allCases) func aCancelledCallCountsNeitherWayAndFreesItsProbe(home: Home) async throws
  {
    try await simulated {
      let breaker = CircuitBreaker(name: "db", threshold: 1, openFor: .seconds(1))
      let ended = try await home.cancelling { try await breaker.call { try await sleep(for: .seconds(9)) } }
      #expect(ended.isCancellation)
      #expect(breaker.state == .closed)
      await Self.fail(breaker)
      try await sleep(for: .seconds(1))
      let probe = try await home.cancelling { try await breaker.call { try await sleep(for: .seconds(9)) } }
      #expect(probe.isCancellation)
      #expect(breaker.state == .halfOpen)
      try await breaker.call {}
      #expect(breaker.state == .closed)
      #expect(breaker.stats.ignored == 2 && breaker.stats.running == 0)
    }
  }

  @Test(arguments: Home.allCases) func servedThenCancelledCounts(home: Home) async throws {
    try await simulated {
      let breaker = CircuitBreaker(name: "db", threshold: 1)
      let gate = Channel<Void>()
      let ended = try await home.cancelling(after: { _ = gate.trySend(()) }) {
        try await breaker.call { _ = try await gate.receive() }
      }
      #expect(throws: Never.self) { try ended.get() }
      #expect(breaker.stats.successes == 1 && breaker.stats.running == 0)
    }
  }

  @Test func onlyErrorsThatMatterCount() async throws {
    let breaker = CircuitBreaker(name: "db", threshold: 2) { !($0 is NotFound) }
    for _ in 0..<5 { await #expect(throws: NotFound.self) { try await breaker.call { throw NotFound() } } }
    #expect(breaker.state == .closed)
    #expect(breaker.stats.successes == 5)
    await Self.fail(breaker, times: 2)
    #expect(breaker.state == .open)
  }

  @Test func aCountWindowOpensAtAShareOfFailures() async throws {
    try await Simulation().run {
      let breaker = CircuitBreaker(
        name: "db", trip: .countWindow(calls: 10, failureRate: 0.5, minimumCalls: 6))
      await Self.fail(breaker, times: 2)
      for _ in 0..<3 { try await breaker.call {} }
      #expect(breaker.stats.failureRate == 0.4)
      #expect(breaker.state == .closed)
      await Self.fail(breaker)  // three of six
      #expect(breaker.state == .open)
      #expect(breaker.stats.failureRate == nil)
    }
  }

  @Test func aTimeWindowForgets() async throws {
    try await Simulation().run {
      let breaker = CircuitBreaker(
        name: "db", trip: .timeWindow(.seconds(10), failureRate: 0.5, minimumCalls: 4))
      await Self.fail(breaker, times: 3)
      try await sleep(for: .seconds(11))
      await Self.fail(breaker, times: 1)
      #expect(breaker.state == .closed)  // the three are forgotten
      for _ in 0..<2 { try await breaker.call {} }
      await Self.fail(breaker)
      #expect(breaker.state == .open)
    }
  }

  @Test func slowCallsOpenItToo() async throws {
    try await Simulation().run {
      let breaker = CircuitBreaker(
        name: "db", trip: .countWindow(calls: 4, failureRate: 1, minimumCalls: 4),
        slowCalls: SlowCalls(over: .seconds(1), rate: 0.5), openFor: .seconds(30))
      for seconds in [0, 2, 0] { try await breaker.call { try await sleep(for: .seconds(seconds)) } }
      #expect(breaker.state == .closed)
      try await breaker.call { try await sleep(for: .seconds(2)) }
      #expect(breaker.state == .open)
      #expect(breaker.stats.slow == 2 && breaker.stats.successes == 4)
      try await sleep(for: .seconds(30))
      try await breaker.call { try await sleep(for: .seconds(2)) }
      #expect(breaker.state == .open)  // a slow probe is a failed one
    }
  }

  @Test func resetClosesItAndForgets() async throws {
    let breaker = CircuitBreaker(name: "db", threshold: 2)
    await Self.fail(breaker, times: 2)
    breaker.reset()
    #expect(breaker.state == .closed)
    await Self.fail(breaker)
    #expect(breaker.state == .closed)
  }

  @Test func itsOwnCallsMayUseIt() async throws {
    let inner = AtomicInteger()
    let breaker = CircuitBreaker(name: "db", threshold: 1) { _ in inner.add(1) > 0 }
    try await breaker.call {
      try await breaker.call { #expect(breaker.state == .closed) }
      breaker.reset()
    }
    #expect(breaker.stats.late == 1)
  }

  @Test func retryWaitsUntilTheBreakerTriesAgain() async throws {
    try await Simulation().run {
      let breaker = CircuitBreaker(name: "db", threshold: 1, openFor: .seconds(30))
      let calls = AtomicInteger()
      try await retry(.constant(attempts: 3, delay: .milliseconds(1))) {
        try await breaker.call { if calls.add(1) == 1 { throw Down() } }
      }
      #expect(calls.load() == 2)
      #expect(Simulation.elapsed >= .seconds(30) && Simulation.elapsed < .seconds(31))
    }
  }

  @Test(arguments: [
    CircuitBreaker(name: "x", threshold: 0), CircuitBreaker(name: "x", threshold: -1),
    CircuitBreaker(name: "x", openFor: .zero), CircuitBreaker(name: "x", openFor: .seconds(-1)),
    CircuitBreaker(name: "x", halfOpenProbes: 0), CircuitBreaker(name: "x", halfOpenFor: .zero),
    CircuitBreaker(name: "x", trip: .countWindow(calls: 0, failureRate: 0.5, minimumCalls: 1)),
    CircuitBreaker(name: "x", trip: .countWindow(calls: 5, failureRate: .nan, minimumCalls: 1)),
    CircuitBreaker(name: "x", trip: .countWindow(calls: 5, failureRate: 1.5, minimumCalls: 1)),
    CircuitBreaker(name: "x", trip: .countWindow(calls: 5, failureRate: 0.5, minimumCalls: 6)),
    CircuitBreaker(name: "x", trip: .timeWindow(.zero, failureRate: 0.5, minimumCalls: 1)),
    CircuitBreaker(name: "x", trip: .consecutive(1), slowCalls: SlowCalls(over: .zero)),
    CircuitBreaker(name: "x", trip: .consecutive(1), slowCalls: SlowCalls(over: .seconds(1), rate: 0)),
  ]) func wrongSettingsLetNothingThrough(breaker: CircuitBreaker) async {
    let error = #expect(throws: InvalidSetting.self) { try breaker.validate() }
    #expect(error.map { "\($0)".contains("\"x\"") } == true)
    let called = AtomicInteger()
    await #expect(throws: InvalidSetting.self) { try await breaker.call { called.add(1) } }
    breaker.reset()
    await #expect(throws: InvalidSetting.self) { try await breaker.call { called.add(1) } }
    #expect(called.load() == 0)
  }
}
