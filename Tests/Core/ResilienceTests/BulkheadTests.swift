import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct BulkheadTests {
  @Test func someRunSomeWaitAndTheRestIsRefused() async throws {
    try await simulated {
      let bulkhead = Bulkhead(name: "api", limit: 2, queue: 1)
      let (gate, order) = (Channel<Void>(), Recorder<Int>())
      let calls = try await Self.inOrder(4) { index in
        try await bulkhead.execute {
          order.add(index)
          _ = try await gate.receive()
        }
      }
      #expect(bulkhead.stats.running == 2 && bulkhead.stats.waiting == 1)
      let refused = await #expect(throws: BulkheadFull.self) { try await calls[3].value }
      #expect(refused?.name == "api" && refused?.limit == 2 && refused?.queue == 1)
      #expect(refused.map { "\($0)".contains("full") } == true)
      for _ in 0..<3 { try await gate.send(()) }
      for call in calls.prefix(3) { try await call.value }
      #expect(order.values.last == 2)
      #expect(bulkhead.stats.completed == 3 && bulkhead.stats.refused == 1 && bulkhead.stats.running == 0)
    }
  }

  static func inOrder(
    _ count: Int, _ body: @escaping @Sendable (Int) async throws -> Void
  ) async throws -> [Goroutine<Void>] {
    var calls: [Goroutine<Void>] = []
    for index in 0..<count {
      calls.append(spawn { try await body(index) })
      try await settle()
    }
    return calls
  }

  @Test func aQueueOfNoneRefusesAtOnceAndNoLimitNever() async throws {
    try await simulated {
      let (none, any) = (Bulkhead(name: "none", limit: 1, queue: 0), Bulkhead(name: "any", limit: 1))
      let gate = Channel<Void>()
      let holders = [
        spawn { try await none.execute { _ = try await gate.receive() } },
        spawn { try await any.execute { _ = try await gate.receive() } },
      ]
      try await settle()
      await #expect(throws: BulkheadFull.self) { try await none.execute {} }
      let waiters = (0..<500).map { _ in spawn { try await any.execute {} } }
      try await settle()
      #expect(any.stats.waiting == 500)
      gate.close()
      for call in holders + waiters { try await call.value }
      #expect(any.stats.completed == 501)
    }
  }

  @Test func anErrorGivesThePlaceBack() async throws {
    struct Broken: Error {}
    let bulkhead = Bulkhead(name: "api", limit: 1, queue: 0)
    for _ in 0..<3 { await #expect(throws: Broken.self) { try await bulkhead.execute { throw Broken() } } }
    #expect(try await bulkhead.execute { 5 } == 5)
    #expect(bulkhead.stats.completed == 4)
  }

  @Test(arguments: Home.allCases) func servedThenCancelledRuns(home: Home) async throws {
    try await simulated {
      let (bulkhead, gate, ran) = (Bulkhead(name: "api", limit: 1), Channel<Void>(), AtomicInteger())
      let holder = spawn { try await bulkhead.execute { _ = try await gate.receive() } }
      try await settle()
      let unserved = try await home.cancelling { try await bulkhead.execute { ran.add(1) } }
      #expect(unserved.isCancellation && ran.load() == 0)
      #expect(bulkhead.stats.waiting == 0 && bulkhead.stats.cancelled == 1)
      _ = try await home.cancelling(after: { _ = gate.trySend(()) }) {
        try await bulkhead.execute { ran.add(1) }
      }
      try await holder.value
      // Whichever came first: no place is lost.
      let stats = bulkhead.stats
      #expect(stats.running == 0 && stats.waiting == 0)
      #expect(stats.completed == 1 + ran.load())
      try await bulkhead.execute {}
    }
  }

  @Test func waitingCanHaveALimitOfItsOwn() async throws {
    try await simulated {
      let (bulkhead, gate) = (Bulkhead(name: "api", limit: 1, queue: 1), Channel<Void>())
      let holder = spawn { try await bulkhead.execute { _ = try await gate.receive() } }
      try await settle()
      let error = await #expect(throws: TimedOut.self) {
        try await bulkhead.execute(waitingAtMost: .seconds(2)) { Issue.record("ran") }
      }
      #expect(error?.limit == .seconds(2))
      #expect(bulkhead.stats.waiting == 0 && bulkhead.stats.cancelled == 1)
      let inTime = spawn {
        try await bulkhead.execute(waitingAtMost: .seconds(2)) { try await sleep(for: .seconds(60)) }
      }
      try await settle()
      await #expect(throws: BulkheadFull.self) { try await bulkhead.execute(waitingAtMost: .seconds(2)) {} }
      try await gate.send(())
      try await inTime.value
      try await holder.value
      #expect(bulkhead.stats.completed == 2 && bulkhead.stats.running == 0)
    }
  }

  @Test func resizingStartsWaitersOrHoldsPlacesBack() async throws {
    try await simulated {
      let (bulkhead, gate) = (Bulkhead(name: "api", limit: 1), Channel<Void>())
      let calls = try await Self.inOrder(4) { _ in
        try await bulkhead.execute { _ = try await gate.receive() }
      }
      try bulkhead.resize(to: 3)
      #expect(bulkhead.stats.running == 3 && bulkhead.stats.waiting == 1)
      try bulkhead.resize(to: 1)
      try await gate.send(())
      try await settle()
      #expect(bulkhead.stats.running == 2 && bulkhead.stats.waiting == 1)
      #expect(throws: InvalidSetting.self) { try bulkhead.resize(to: 0) }
      gate.close()
      for call in calls { try await call.value }
      #expect(bulkhead.stats.completed == 4 && bulkhead.limit == 1)
    }
  }

  @Test func partitionsDoNotTouchEachOther() async throws {
    try await simulated {
      let services = BulkheadPartitions(["api": .init(limit: 1, queue: 0), "db": .init(limit: 1)])
      let gate = Channel<Void>()
      let holder = spawn { try await services.execute("api") { _ = try await gate.receive() } }
      try await settle()
      await #expect(throws: BulkheadFull.self) { try await services.execute("api") {} }
      #expect(try await services.execute("db") { 3 } == 3)
      let unknown = await #expect(throws: UnknownPartition.self) { try await services.execute("nowhere") {} }
      #expect(unknown.map { "\($0)".contains("nowhere") && "\($0)".contains("api, db") } == true)
      gate.close()
      try await holder.value
      #expect(services.stats["api"]?.completed == 1 && services["db"]?.stats.completed == 1)
    }
  }

  @Test(arguments: [
    Bulkhead(name: "x", limit: 0), Bulkhead(name: "x", limit: -3), Bulkhead(name: "x", limit: 1, queue: -1),
  ]) func wrongSettingsLetNothingThrough(bulkhead: Bulkhead) async {
    #expect(throws: InvalidSetting.self) { try bulkhead.validate() }
    await #expect(throws: InvalidSetting.self) { try await bulkhead.execute { Issue.record("ran") } }
    await #expect(throws: InvalidSetting.self) {
      try await bulkhead.execute(waitingAtMost: .seconds(1)) { Issue.record("ran") }
    }
    #expect(throws: InvalidSetting.self) { try bulkhead.resize(to: 5) }
  }

  @Test func itsOwnCallsMayUseIt() async throws {
    let bulkhead = Bulkhead(name: "api", limit: 2, queue: 0)
    try await bulkhead.execute {
      try await bulkhead.execute {
        _ = await #expect(throws: BulkheadFull.self) { try await bulkhead.execute {} }
      }
    }
    #expect(bulkhead.stats.completed == 2)
  }
}
