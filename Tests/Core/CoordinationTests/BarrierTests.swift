import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct BarrierTests {
  struct Failed: Error {}

  @Test func nobodyGoesOnBeforeAllHaveCome() async throws {
    try await simulated {
      let (barrier, lasts, order) = (Barrier(parties: 3), AtomicInteger(), Recorder<Int>())
      try await withScope { scope in
        for party in 1...3 {
          scope.spawn {
            for round in 0..<5 {
              try await sleep(for: .seconds(party))
              if try await barrier.wait() { lasts.add(1) }
              order.add(round)
            }
          }
        }
      }
      #expect(order.values == order.values.sorted())
      #expect(lasts.load() == 5 && barrier.generation == 5 && barrier.waiting == 0)
      #expect(Simulation.elapsed >= .seconds(15) && Simulation.elapsed < .seconds(15.01))
    }
  }

  @Test func aBarrierForOneNeverWaits() async throws {
    let barrier = Barrier(parties: 1)
    for _ in 0..<3 { #expect(try await barrier.wait()) }
    #expect(try barrier.waitBlocking())
    #expect(barrier.generation == 4)
  }

  @Test(arguments: Home.allCases) func aCancelledPartyBreaksItForAll(home: Home) async throws {
    try await simulated {
      let barrier = Barrier(parties: 4)
      let others = (0..<2).map { _ in spawn { try await barrier.wait() } }
      let ended = try await home.cancelling { try await barrier.wait() }
      #expect(ended.isCancellation)
      for other in others {
        let error = await #expect(throws: BarrierBroken.self) { try await other.value }
        #expect(error?.cause == .cancellation && error?.parties == 4)
        #expect(error.map { "\($0)".contains("broken") && "\($0)".contains("cancel") } == true)
      }
      #expect(barrier.isBroken)
      await #expect(throws: BarrierBroken.self) { try await barrier.wait() }
      #expect(throws: BarrierBroken.self) { try barrier.waitBlocking() }
      barrier.reset()
      #expect(!barrier.isBroken)
      try await withScope { scope in for _ in 0..<4 { scope.spawn { try await barrier.wait() } } }
    }
  }

  @Test(arguments: Home.allCases) func servedThenCancelledGoesOn(home: Home) async throws {
    try await simulated {
      let barrier = Barrier(parties: 2)
      // The second party, a plain thread in effect: it opens the barrier in the same step as the cancellation.
      let ended = try await home.cancelling(after: { _ = try? barrier.waitBlocking() }) {
        try await barrier.wait()
      }
      #expect(try ended.get() == false)
      #expect(!barrier.isBroken && barrier.waiting == 0)
    }
  }

  @Test func aTimeoutBreaksItForTheOthers() async throws {
    try await simulated {
      let barrier = Barrier(parties: 3)
      let other = spawn { try await barrier.wait() }
      await #expect(throws: TimedOut.self) {
        try await withTimeout(.seconds(1)) { try await barrier.wait() }
      }
      await #expect(throws: BarrierBroken.self) { try await other.value }
    }
  }

  @Test func resettingTellsThoseWhoWait() async throws {
    try await simulated {
      let barrier = Barrier(parties: 3)
      let waiters = (0..<2).map { _ in spawn { try await barrier.wait() } }
      try await settle()
      barrier.reset()
      // Before they have run: what comes later does not change what they are told.
      let late = spawn { try await barrier.wait() }
      late.cancel()
      for waiter in waiters {
        let error = await #expect(throws: BarrierBroken.self) { try await waiter.value }
        #expect(error?.cause == .reset)
      }
      await #expect(throws: CancellationError.self) { try await late.value }
    }
  }

  @Test func theActionRunsOncePerRoundBeforeAnybodyGoesOn() async throws {
    try await simulated {
      let (order, arrived) = (Recorder<String>(), AtomicInteger())
      let barrier = Barrier(parties: 3) {
        order.add("action after \(arrived.load())")
      }
      try await withScope { scope in
        for _ in 0..<3 {
          scope.spawn {
            for _ in 0..<2 {
              arrived.add(1)
              try await barrier.wait()
              order.add("on")
            }
          }
        }
      }
      #expect(order.values.filter { $0 != "on" } == ["action after 3", "action after 6"])
      #expect(order.values.first == "action after 3" && order.values.count == 8)
    }
  }

  @Test func anActionThatFailsBreaksIt() async throws {
    try await simulated {
      let barrier = Barrier(parties: 2) { throw Failed() }
      let results = try await withScope { scope in
        let parties = (0..<2).map { _ in spawn { try await barrier.wait() } }
        return await [parties[0].result, parties[1].result]
      }
      let failed = results.filter { if case .failure(is Failed) = $0 { true } else { false } }
      let told = results.compactMap { result -> BarrierBroken.Cause? in
        if case .failure(let error as BarrierBroken) = result { error.cause } else { nil }
      }
      #expect(failed.count == 1 && told == [.failedAction])
      #expect(barrier.isBroken)
    }
  }

  @Test func theActionMayUseTheBarrier() async throws {
    try await simulated {
      let itself = Shared<Barrier?>(nil)
      let barrier = Barrier(parties: 2) { itself.withLock { $0 }?.reset() }
      itself.withLock { $0 = barrier }
      try await withScope { scope in for _ in 0..<2 { scope.spawn { try await barrier.wait() } } }
      #expect(!barrier.isBroken && barrier.waiting == 0)
    }
  }

  @Test(arguments: [0, -1, .min]) func tooFewPartiesAreReported(parties: Int) async {
    let barrier = Barrier(parties: parties)
    #expect(throws: InvalidSetting.self) { try barrier.validate() }
    let error = await #expect(throws: InvalidSetting.self) { try await barrier.wait() }
    #expect(error.map { "\($0)".contains("parties") && "\($0)".contains("\(parties)") } == true)
    #expect(throws: InvalidSetting.self) { try barrier.waitBlocking() }
    await #expect(throws: InvalidSetting.self) { try await select { Arrive(barrier) {} } }
  }

  @Test func itCanBeACaseAndALoserLeavesWithoutBreakingIt() async throws {
    try await simulated {
      let barrier = Barrier(parties: 2)
      let first = try await select {
        Arrive(barrier) { "met" }
        After(.seconds(1)) { "alone" }
      }
      #expect(first == "alone" && barrier.waiting == 0 && !barrier.isBroken)
      let selecting = spawn {
        try await select {
          Arrive(barrier) { "met" }
          After(.seconds(5)) { "alone" }
        }
      }
      try await settle()
      #expect(try await barrier.wait())
      #expect(try await selecting.value == "met")
      // The last party may be a select, too.
      let other = spawn { try await barrier.wait() }
      try await settle()
      #expect(try await select { Arrive(barrier) { "met" } } == "met")
      #expect(try await other.value == false)
    }
  }

  @Test func selectsThatGoAnotherWayAtTheLastMomentAreNoParties() async throws {
    try await simulated(seeds: 0..<40) {
      let (barrier, other) = (Barrier(parties: 3), Channel<Int>())
      let (met, elsewhere) = (AtomicInteger(), AtomicInteger())
      let selects = (0..<2).map { _ in
        spawn {
          try await select {
            Arrive(barrier) { _ = met.add(1) }
            Receive(other) { _ in _ = elsewhere.add(1) }
          }
        }
      }
      let last = spawn {
        try await sleep(for: .seconds(1))
        #expect(met.load() == 0 && elsewhere.load() == 1 && barrier.waiting == 2)
        // The other select is committed: a message no longer reaches it.
        let sent = if case .sent = other.trySend(2) { true } else { false }
        let isLast = try await barrier.wait()
        #expect(!sent && isLast)
      }
      try await settle()
      // One of the selects is chosen here, and in the same step another party comes.
      _ = other.trySend(1)
      let isLast = try await barrier.wait()
      #expect(!isLast)
      for goroutine in selects + [last] { try await goroutine.value }
      #expect(met.load() == 1 && !barrier.isBroken)
    }
  }

  @Test func aBrokenBarrierEndsASelect() async throws {
    try await simulated {
      let barrier = Barrier(parties: 3)
      let selecting = spawn { try await select { Arrive(barrier) {} } }
      let cancelled = spawn { try await barrier.wait() }
      try await settle()
      cancelled.cancel()
      await #expect(throws: BarrierBroken.self) { try await selecting.value }
      await #expect(throws: BarrierBroken.self) { try await select { Arrive(barrier) {} } }
    }
  }

  @Test(arguments: [2, 8]) func roundsDoNotOverlap(workers: Int) async throws {
    let barrier = Barrier(parties: 4)
    let arrived = AtomicInteger()
    try await onWorkers(workers) {
      try await withScope { scope in
        for _ in 0..<4 {
          scope.spawn {
            for round in 1...500 {
              arrived.add(1)
              try await barrier.wait()
              #expect(arrived.load() == 4 * round)
              try await barrier.wait()
            }
          }
        }
      }
    }
    #expect(arrived.load() == 2_000 && barrier.generation == 1_000)
  }

  @Test func plainThreadsTakePartByBlocking() async throws {
    let barrier = Barrier(parties: 2)
    async let thread: Int = onThread {
      (0..<100).reduce(0) { lasts, _ in lasts + ((try? barrier.waitBlocking()) == true ? 1 : 0) }
    }
    var lasts = 0
    for _ in 0..<100 { if try await barrier.wait() { lasts += 1 } }
    #expect(await thread + lasts == 100)
  }
}
