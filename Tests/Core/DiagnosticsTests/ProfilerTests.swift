import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ProfilerTests {
  private struct Failure: Error {}

  @Test func itCountsHowGoroutinesEnd() async throws {
    try await simulated {
      let before = spawn { try await sleep(for: .milliseconds(1)) }
      let profiler = Profiler()
      profiler.start()
      var goroutines: [Goroutine<Void>] = []
      for _ in 0..<7 { goroutines.append(spawn { try await sleep(for: .milliseconds(10)) }) }
      for _ in 0..<2 {
        goroutines.append(
          spawn {
            try await sleep(for: .milliseconds(30))
            throw Failure()
          })
      }
      let cancelled = spawn { try await sleep(for: .seconds(100)) }
      goroutines.append(cancelled)
      #expect(profiler.stats.totalCreated == 10)
      #expect(profiler.stats.active == 10)
      try await sleep(for: .milliseconds(20))
      #expect(profiler.stats.active == 3)
      #expect(profiler.stats.completed == 7)
      cancelled.cancel()
      for goroutine in goroutines { _ = await goroutine.result }
      try await before.value
      let stats = profiler.stats
      #expect(stats.active == 0 && stats.totalCreated == 10)
      #expect(stats.completed == 7 && stats.failed == 2 && stats.cancelled == 1)
      #expect(stats.avgLifetime >= .milliseconds(15) && stats.avgLifetime < .milliseconds(16))
      #expect(stats.p95Lifetime >= .milliseconds(28) && stats.p95Lifetime < .milliseconds(32))
      profiler.stop()
      try await spawn {}.value
      #expect(profiler.stats == stats)
    }
  }

  @Test func aGoroutineThatIsCancelledBeforeItBeginsIsCounted() async throws {
    try await simulated {
      let profiler = Profiler()
      profiler.start()
      let goroutine = spawn { try await sleep(for: .seconds(1)) }
      goroutine.cancel()
      #expect(profiler.stats.active == 1)
      _ = await goroutine.result
      #expect(profiler.stats.cancelled == 1 && profiler.stats.active == 0)
      profiler.stop()
    }
  }

  @Test func aSecondStartCountsFromZero() async throws {
    try await simulated {
      let profiler = Profiler()
      profiler.start()
      profiler.start()
      let first = spawn { try await sleep(for: .milliseconds(5)) }
      profiler.stop()
      profiler.stop()
      #expect(profiler.stats.totalCreated == 1)
      profiler.start()
      try await first.value
      #expect(profiler.stats.totalCreated == 0 && profiler.stats.completed == 0)
      try await spawn {}.value
      #expect(profiler.stats.totalCreated == 1 && profiler.stats.completed == 1)
      profiler.stop()
    }
  }

  @Test func severalProfilersDoNotDisturbEachOther() async throws {
    try await simulated {
      let (outer, inner) = (Profiler(), Profiler())
      outer.start()
      try await spawn {}.value
      inner.start()
      try await spawn {}.value
      inner.stop()
      try await spawn {}.value
      #expect(outer.stats.completed == 3)
      #expect(inner.stats.completed == 1)
      outer.stop()
    }
  }

  @Test(arguments: [2, 8]) func itsLedgerBalancesOnRealWorkers(workers: Int) async throws {
    try await onWorkers(workers) {
      let profiler = Profiler()
      profiler.start()
      try await withScope { scope in
        for index in 0..<8 {
          scope.spawn {
            for _ in 0..<500 { _ = await spawn { if index == 0 { throw Failure() } }.result }
          }
        }
      }
      let stats = profiler.stats
      // Other tests spawn in the same world.
      #expect(stats.totalCreated >= 4008)
      #expect(stats.failed >= 500)
      #expect(stats.totalCreated == stats.active + stats.completed + stats.failed + stats.cancelled)
      profiler.stop()
    }
  }
}
