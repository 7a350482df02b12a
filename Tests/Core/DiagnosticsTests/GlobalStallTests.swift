import CoreTestSupport
import Revoada
import RevoadaScheduling
import Testing

@Suite(.timeLimit(.minutes(10)))
struct GlobalStallTests {
  /// Everything in a simulation is a goroutine, so its detector may know what nobody else wakes.
  @Test func thatAllWaitIsFoundAfterTwoLooks() async throws {
    try await simulated {
      let detector = DeadlockDetector(timeout: .seconds(1000), detectsGlobalStalls: true)
      let orphan = Channel<Int>(name: "orphan")
      let release = Channel<Void>()
      let found = Recorder<DeadlockReport>()
      detector.onDeadlock { found.add($0) }
      // The only code that runs is that of a timer, as of something outside.
      let start = Simulation.elapsed
      after(.milliseconds(10)) { detector.check() }
      after(.milliseconds(20)) { detector.check() }
      after(.milliseconds(30)) { _ = release.trySend(()) }
      let waiting = spawn { try await orphan.receive() }
      _ = try await release.receive()
      #expect(found.values.map(\.kind) == [.globalStall])
      #expect(found.values.first?.blockedChannels.contains("orphan") == true)
      #expect(found.values.first?.stuckCount == 2)
      #expect(Simulation.elapsed - start < .milliseconds(31))
      waiting.cancel()
      _ = await waiting.result
    }
  }

  @Test func aSleeperIsNoStall() async throws {
    try await simulated {
      let found = try await reports(detectingGlobalStalls: true) {
        let lock = AsyncMutex(0)
        let sleeper = spawn { try await lock.withLock { _ in try await sleep(for: .milliseconds(300)) } }
        try await settle()
        try await lock.withLock { $0 += 1 }
        try await sleeper.value
      }
      #expect(found.isEmpty)
    }
  }

  @Test func aSimulationThatIsStuckTellsWhoWaits() async throws {
    do {
      try await Simulation(seed: 3).run {
        let jobs = Channel<Int>(name: "jobs")
        let helper = spawn(name: "helper") { _ = try await jobs.receive() }
        try await helper.value
      }
      Issue.record("no deadlock")
    } catch let deadlock as SimulationDeadlock {
      #expect(deadlock.waits.count == 2)
      let text = deadlock.description
      #expect(text.contains("\"helper\" (spawned at DiagnosticsTests/GlobalStallTests.swift:"))
      #expect(text.contains("waits to receive from channel \"jobs\""))
      #expect(text.contains("waits for the end of goroutine"))
      #expect(text.contains("seed 3"))
    }
  }

  private func after(_ time: Duration, _ action: @escaping @Sendable () -> Void) {
    Timers.current.schedule(after: time.nanoseconds) { action() }
  }
}
