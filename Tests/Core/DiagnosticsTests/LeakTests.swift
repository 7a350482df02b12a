import CoreTestSupport
import Revoada
import RevoadaDiagnostics
import Testing

@Suite(.timeLimit(.minutes(10)))
struct LeakTests {
  @Test func aGoroutineLeftBehindIsReportedWithItsSpawnSite() async throws {
    try await simulated {
      let never = Channel<Int>(name: "never")
      let leaked = Recorder<Goroutine<Void>>()
      var line = 0
      do {
        try await withLeakCheck {
          try await spawn {}.value
          line = #line + 1
          leaked.add(spawn(name: "forgotten") { _ = try await never.receive() })
        }
        Issue.record("nothing was found")
      } catch let leaks as GoroutineLeaks {
        #expect(leaks.goroutines.count == 1)
        let text = leaks.description
        #expect(text.contains("\"forgotten\" (spawned at DiagnosticsTests/LeakTests.swift:\(line))"))
        #expect(text.contains("waits to receive from channel \"never\""))
      }
      await leaked.values.cancelAll()
    }
  }

  @Test func whoEndsInTimeIsNoLeak() async throws {
    try await simulated {
      let result = try await withLeakCheck {
        spawn { try await sleep(for: .milliseconds(900)) }
        return 42
      }
      #expect(result == 42)
    }
  }

  @Test func grandchildrenAndCoresOfPoolsCount() async throws {
    try await simulated {
      let never = Channel<Int>()
      let leaked = Recorder<Goroutine<Void>>()
      await #expect(throws: GoroutineLeaks.self) {
        try await withLeakCheck {
          try await spawn { leaked.add(spawn { _ = try await never.receive() }) }.value
        }
      }
      await leaked.values.cancelAll()
      let pool = WorkerPool<Int, Int>(name: "left open", workers: 2, queue: 1) { $0 }
      await #expect(throws: GoroutineLeaks.self) {
        try await withLeakCheck { _ = try await pool.submit(1).value }
      }
      await pool.close()
    }
  }

  @Test func othersDoNotCount() async throws {
    try await simulated {
      let never = Channel<Int>()
      let other = spawn { _ = try await never.receive() }
      try await withLeakCheck { try await spawn {}.value }
      other.cancel()
      _ = await other.result
    }
  }

  @Test func anErrorOfTheBodyIsWhatCounts() async throws {
    struct Failure: Error {}
    try await simulated {
      let leaked = Recorder<Goroutine<Void>>()
      await #expect(throws: Failure.self) {
        try await withLeakCheck {
          leaked.add(spawn { try await sleep(for: .seconds(1000)) })
          throw Failure()
        }
      }
      await leaked.values.cancelAll()
    }
  }

  @Test(arguments: [2, 8]) func realWorkersLeaveNothing(workers: Int) async throws {
    try await onWorkers(workers) {
      try await withLeakCheck {
        let group = WaitGroup()
        for _ in 0..<200 {
          group.add(1)
          spawn { group.done() }
        }
        try await group.wait()
      }
    }
  }
}
