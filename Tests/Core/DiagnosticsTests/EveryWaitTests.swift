import CoreTestSupport
import Revoada
import Testing

/// Waits that nobody in particular ends: they are in the graph, they can be part of a global stall, and nobody is blamed for them unless the
/// program says who could.
@Suite(.timeLimit(.minutes(10)))
struct EveryWaitTests {
  /// A goroutine for each way to wait, by itself and as the case of a select.
  private func waitEverywhere() -> [Goroutine<Void>] {
    let condition = Condition(name: "arrived")
    let queue = AsyncMutex(0, name: "queue")
    let (group, latch, barrier) = (
      WaitGroup(name: "parts"), CountDownLatch(1, name: "ready"), Barrier(parties: 3, name: "phase")
    )
    let permits = Semaphore(permits: 1, name: "slots")
    let urgent = PriorityChannel<Int>(capacity: 0, name: "urgent")
    group.add()
    _ = permits.tryAcquire()
    return [
      spawn(name: "condition") {
        try await queue.withLock(waitingFor: condition, until: { $0 > 0 }) { _ in }
      },
      spawn(name: "group") { try await group.wait() },
      spawn(name: "latch") { try await latch.wait() },
      spawn(name: "barrier") { try await barrier.wait() },
      spawn(name: "permits") { try await permits.acquire() },
      spawn(name: "urgent") { try await urgent.send(1, priority: 1) },
      spawn(name: "select") {
        try await select {
          Finished(group) {}
          Opened(latch) {}
          Arrive(barrier) {}
          Acquire(permits) {}
        }
      },
    ]
  }

  private static let texts = [
    "\"condition\"": "waits for condition \"arrived\"", "\"group\"": "waits for wait group \"parts\"",
    "\"latch\"": "waits for latch \"ready\"", "\"barrier\"": "waits at barrier \"phase\"",
    "\"permits\"": "waits for permits of \"slots\"", "\"urgent\"": "waits to send to channel \"urgent\"",
    "\"select\"":
      "selects: waits for wait group \"parts\", or waits for latch \"ready\", or waits at barrier \"phase\", or waits for permits of \"slots\"",
  ]

  @Test func allAreInTheGraphWithTheirPlaces() async throws {
    try await simulated {
      let registry = WaitRegistry()
      let goroutines = waitEverywhere()
      try await settle()
      let waits = registry.graph().waits.filter { wait in goroutines.contains { .goroutine($0.id) == wait.id }
      }
      #expect(waits.count == goroutines.count)
      for (name, text) in Self.texts {
        let wait = waits.first { $0.label.contains(name) }
        #expect(wait?.activity == text)
        #expect(wait?.place.contains("DiagnosticsTests/EveryWaitTests.swift:") == true)
      }
      await goroutines.cancelAll()
    }
  }

  @Test func allAreInAGlobalStallAndNoneInAnythingLess() async throws {
    try await watched {
      var goroutines: [Goroutine<Void>] = []
      let fewer = try await reports {
        goroutines = waitEverywhere()
        try await waitForReports()
      }
      #expect(fewer.isEmpty)
      let detector = DeadlockDetector(detectsGlobalStalls: true)
      let release = Channel<Void>()
      let found = Recorder<DeadlockReport>()
      detector.onDeadlock { found.add($0) }
      for time in [10, 20] as [Int64] {
        Timers.current.schedule(after: time * 1_000_000) { detector.check() }
      }
      Timers.current.schedule(after: 30_000_000) { _ = release.trySend(()) }
      _ = try await release.receive()
      #expect(found.values.map(\.kind) == [.globalStall])
      #expect(found.values.first?.stuckCount == goroutines.count + 1)
      for text in Self.texts.values { #expect(found.values.first?.description.contains(text) == true) }
      await goroutines.cancelAll()
    }
  }

  // MARK: Who could end a wait, by declaration

  /// One way to wait for what only declared goroutines bring about.
  struct Declared: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Gives what waits, what brings the end about, and what declares who does.
    let make:
      @Sendable () -> (
        wait: @Sendable () async throws -> Void, serve: @Sendable () async throws -> Void,
        declare: @Sendable ([AnyGoroutine]) -> Void
      )

    static let all = [
      Declared(testDescription: "latch") {
        let latch = CountDownLatch(1, name: "it")
        return ({ try await latch.wait() }, { latch.countDown() }, { latch.onlyCountedDown(by: $0) })
      },
      Declared(testDescription: "wait group") {
        let group = WaitGroup(name: "it")
        group.add()
        return ({ try await group.wait() }, { group.done() }, { group.onlyDone(by: $0) })
      },
      Declared(testDescription: "condition") {
        let (flag, condition) = (AsyncMutex(false), Condition(name: "it"))
        return (
          { try await flag.withLock(waitingFor: condition, until: { $0 }) { _ in } },
          {
            try await flag.withLock { $0 = true }
            condition.signal()
          }, { condition.onlySignalled(by: $0) }
        )
      },
      Declared(testDescription: "permits") {
        let permits = Semaphore(permits: 1, name: "it")
        _ = permits.tryAcquire()
        return ({ try await permits.acquire() }, { permits.release() }, { permits.onlyReleased(by: $0) })
      },
      Declared(testDescription: "case of a select") {
        let latch = CountDownLatch(1, name: "it")
        return (
          { try await select { Opened(latch) {} } }, { latch.countDown() }, { latch.onlyCountedDown(by: $0) }
        )
      },
    ]
  }

  @Test(arguments: Declared.all) func whoWaitsForGoroutinesThatHaveEndedIsAbandoned(_ kind: Declared)
    async throws
  {
    try await watched {
      let (wait, _, declare) = kind.make()
      var waiter: Goroutine<Void>?
      let found = try await reports {
        waiter = spawn(name: "waiter") { try await wait() }
        declare([spawn(name: "gone") {}])
        try await waitForReports()
      }
      #expect(found.map(\.kind) == [.abandoned])
      #expect(found.first?.cycle.first?.contains("\"it\"") == true)
      await [waiter!].cancelAll()
    }
  }

  @Test(arguments: Declared.all) func aCycleGoesThroughIt(_ kind: Declared) async throws {
    try await watched {
      let (wait, serve, declare) = kind.make()
      let lock = AsyncMutex(0, name: "table")
      var goroutines: [Goroutine<Void>] = []
      let found = try await reports {
        let holder = spawn(name: "holder") { try await lock.withLock { _ in try await wait() } }
        try await settle()
        let server = spawn(name: "server") {
          try await lock.withLock { $0 += 1 }
          try await serve()
        }
        declare([server])
        goroutines = [holder, server]
        try await waitForReports()
      }
      #expect(found.map(\.kind) == [.cycle])
      #expect(found.first?.stuckCount == 2)
      await goroutines.cancelAll()
    }
  }

  @Test(arguments: Declared.all) func oneThatWillComeIsAHope(_ kind: Declared) async throws {
    try await watched {
      let (wait, serve, declare) = kind.make()
      let found = try await reports {
        let waiter = spawn { try await wait() }
        let server = spawn {
          try await sleep(for: .milliseconds(300))
          try await serve()
        }
        declare([spawn {}, server])
        try await waiter.value
        try await server.value
      }
      #expect(found.isEmpty)
    }
  }

  // MARK: Barriers

  /// Every party waits for each of the others.
  @Test func aPartyThatHasEndedLetsTheOthersWaitInVain() async throws {
    try await watched {
      let phase = Barrier(parties: 3, name: "phase")
      var goroutines: [Goroutine<Void>] = []
      let found = try await reports {
        goroutines = (0..<3).map { part in
          spawn(name: "part \(part)") {
            for _ in 0..<(part == 2 ? 4 : 5) {
              try await sleep(for: .milliseconds(30))
              try await phase.wait()
            }
          }
        }
        phase.onlyParties(goroutines)
        try await sleep(for: .milliseconds(100))
        #expect(phase.generation >= 2)
        try await waitForReports()
      }
      #expect(found.map(\.kind) == [.abandoned, .abandoned])
      #expect(found.allSatisfy { $0.description.contains("waits at barrier \"phase\"") })
      await goroutines.cancelAll()
    }
  }

  @Test func aPartyThatWaitsForAnotherInALockIsACycle() async throws {
    try await watched {
      let (phase, lock) = (Barrier(parties: 3, name: "phase"), AsyncMutex(0, name: "table"))
      var goroutines: [Goroutine<Void>] = []
      let found = try await reports {
        goroutines = [
          spawn(name: "holder") { try await lock.withLock { _ in _ = try await phase.wait() } },
          spawn(name: "third") { _ = try await phase.wait() },
        ]
        try await settle()
        goroutines.append(
          spawn(name: "late") {
            try await lock.withLock { $0 += 1 }
            try await phase.wait()
          })
        phase.onlyParties(goroutines)
        try await waitForReports()
      }
      #expect(found.map(\.kind) == [.cycle])
      #expect(found.first?.stuckCount == 3)
      await goroutines.cancelAll()
    }
  }

  @Test(arguments: [3, 4]) func aSlowPartyIsAHope(declared: Int) async throws {
    try await watched {
      let phase = Barrier(parties: 3, name: "phase")
      let found = try await reports {
        var goroutines = (0..<3).map { part in
          spawn {
            for step in 0..<3 {
              if part == step { try await sleep(for: .milliseconds(150)) }
              try await phase.wait()
            }
          }
        }
        let all = goroutines + (declared == 4 ? [spawn {}] : [])
        phase.onlyParties(all)
        goroutines.reverse()
        for goroutine in goroutines { try await goroutine.value }
      }
      #expect(found.isEmpty)
    }
  }
}
