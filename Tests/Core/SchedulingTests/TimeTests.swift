import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct TimeTests {
  @Test func sleepersWakeInOrderOfTheirDeadlinesAndNeverEarly() async throws {
    try await simulated {
      let order = Recorder<Int>()
      var generator = SeededGenerator(seed: 5)
      let delays = (1...50).shuffled(using: &generator)
      try await withScope { scope in
        for delay in delays {
          scope.spawn {
            try await sleep(for: .milliseconds(delay))
            #expect(Simulation.elapsed >= .milliseconds(delay))
            order.add(delay)
          }
        }
      }
      #expect(order.values == Array(1...50))
      #expect(Simulation.elapsed < .milliseconds(51))
    }
  }

  @Test func aTimeoutCancelsTheBodyAndSaysSo() async throws {
    try await simulated {
      let sawCancellation = AtomicInteger()
      await #expect(throws: TimedOut(limit: .seconds(1))) {
        try await withTimeout(.seconds(1)) {
          do { try await sleep(for: .seconds(60)) } catch {
            sawCancellation.store(1)
            throw error
          }
        }
      }
      #expect(sawCancellation.load() == 1)
      #expect(Simulation.elapsed < .seconds(1.001))
    }
  }

  @Test func aTimeoutLetsOtherResultsThrough() async throws {
    struct Failure: Error {}
    try await simulated {
      #expect(try await withTimeout(.seconds(1)) { 7 } == 7)
      await #expect(throws: Failure.self) { try await withTimeout(.seconds(1)) { throw Failure() } }
      // Whoever returns in spite of his cancellation has his value returned.
      let late = try await withTimeout(.seconds(1)) { () -> Int in
        try? await sleep(for: .seconds(5))
        return 8
      }
      #expect(late == 8)
      await #expect(throws: TimedOut.self) {
        try await withDeadline(.now - .seconds(1)) { try await sleep(for: .seconds(1)) }
      }
    }
  }

  @Test(arguments: Home.allCases) func cancellingTheCallerCancelsTheBody(home: Home) async throws {
    try await simulated {
      let ended = try await home.cancelling {
        try await withTimeout(.seconds(100)) { try await sleep(for: .seconds(50)) }
      }
      #expect(ended.isCancellation)
      #expect(Simulation.elapsed < .seconds(1))
    }
  }

  @Test func nestedTimeoutsEndWithTheShortest() async throws {
    try await simulated {
      await #expect(throws: TimedOut(limit: .seconds(1))) {
        try await withTimeout(.seconds(5)) {
          try await withTimeout(.seconds(1)) { try await sleep(for: .seconds(60)) }
        }
      }
    }
  }

  @Test func ticksAreDroppedWhenNobodyReceives() async throws {
    try await simulated {
      let ticker = Ticker(every: .seconds(1))
      #expect(try await ticker.ticks.receive() == 1)
      try await sleep(for: .seconds(5))
      #expect(try await ticker.ticks.receive() == 2)  // the one that waited; 3 to 6 were dropped
      #expect(try await ticker.ticks.receive() == 7)
      #expect(Simulation.elapsed >= .seconds(7) && Simulation.elapsed < .seconds(7.001))
      ticker.stop()
      #expect(try await ticker.ticks.receive() == nil)
    }
  }

  @Test func afterDeliversOnceAndCloses() async throws {
    try await simulated {
      let done = after(.seconds(3))
      let first: Void? = try await done.receive()
      #expect(first != nil)
      #expect(Simulation.elapsed >= .seconds(3))
      #expect(try await done.receive() == nil)
    }
  }
}
