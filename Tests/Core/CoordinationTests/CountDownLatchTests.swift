import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct CountDownLatchTests {
  @Test func itOpensWithTheLastStepAndStaysOpen() async throws {
    try await simulated {
      let latch = CountDownLatch(3)
      let waiters = (0..<5).map { _ in spawn { try await latch.wait() } }
      for left in [3, 2, 1] {
        try await settle()
        #expect(latch.count == left && latch.waiting == 5)
        latch.countDown()
      }
      for waiter in waiters { try await waiter.value }
      try await latch.wait()
      try latch.waitBlocking()
      #expect(latch.count == 0)
    }
  }

  @Test func moreStepsThanNeededAndFewerThanOneAreHarmless() async throws {
    let latch = CountDownLatch(3)
    latch.countDown(0)
    latch.countDown(-5)
    latch.countDown(.min)
    #expect(latch.count == 3)
    latch.countDown(2)
    latch.countDown(.max)
    latch.countDown()
    #expect(latch.count == 0)
    try await latch.wait()
    try await CountDownLatch(0).wait()
  }

  @Test func waitingCanHaveALimit() async throws {
    try await simulated {
      let latch = CountDownLatch(1)
      for limit in [Duration.seconds(2), .zero, .seconds(-1)] {
        let isOpen = try await latch.wait(timeout: limit)
        #expect(!isOpen)
      }
      #expect(Simulation.elapsed >= .seconds(2) && Simulation.elapsed < .seconds(2.01))
      spawn {
        try await sleep(for: .seconds(1))
        latch.countDown()
      }
      for limit in [Duration.seconds(5), .seconds(-1)] {
        let isOpen = try await latch.wait(timeout: limit)
        #expect(isOpen)
      }
      #expect(Simulation.elapsed < .seconds(3.01) && latch.waiting == 0)
    }
  }

  @Test(arguments: Home.allCases) func cancellingLeavesNoWaiterAndServedStays(home: Home) async throws {
    try await simulated {
      let latch = CountDownLatch(1)
      let unserved = try await home.cancelling { try await latch.wait() }
      #expect(unserved.isCancellation && latch.waiting == 0)
      let limited = try await home.cancelling { try await latch.wait(timeout: .seconds(60)) }
      #expect(limited.isCancellation && latch.waiting == 0)
      let served = try await home.cancelling(after: { latch.countDown() }) { try await latch.wait() }
      #expect(throws: Never.self) { try served.get() }
    }
  }

  @Test func itCanBeACase() async throws {
    try await simulated {
      let latch = CountDownLatch(2)
      let picked = try await select {
        Opened(latch) { "open" }
        After(.seconds(1)) { "late" }
      }
      #expect(picked == "late" && latch.waiting == 0)
      let selecting = spawn {
        try await select {
          Opened(latch) { "open" }
          After(.seconds(5)) { "late" }
        }
      }
      try await settle()
      latch.countDown(2)
      #expect(try await selecting.value == "open")
      #expect(try await select { Opened(latch) { 1 } } == 1)
    }
  }

  @Test func aNegativeCountIsReported() async {
    let latch = CountDownLatch(-2)
    #expect(throws: InvalidSetting.self) { try latch.validate() }
    await #expect(throws: InvalidSetting.self) { try await latch.wait() }
    await #expect(throws: InvalidSetting.self) { try await latch.wait(timeout: .seconds(1)) }
    await #expect(throws: InvalidSetting.self) { try await select { Opened(latch) {} } }
    #expect(throws: InvalidSetting.self) { try latch.waitBlocking() }
    latch.countDown()
    #expect(latch.count == 0)
  }

  @Test(arguments: [2, 8]) func nobodyMissesTheOpening(workers: Int) async throws {
    try await onWorkers(workers) {
      for _ in 0..<200 {
        let (latch, done) = (CountDownLatch(8), AtomicInteger())
        try await withScope { scope in
          for task in 0..<12 {
            scope.spawn {
              if task % 3 == 2 {
                try await latch.wait()
                #expect(done.load() == 8)
              } else {
                done.add(1)
                latch.countDown()
              }
            }
          }
        }
      }
    }
  }

  @Test func plainThreadsTakePartByBlocking() async throws {
    let latch = CountDownLatch(2)
    async let thread: Bool = onThread {
      latch.countDown()
      return (try? latch.waitBlocking()) != nil
    }
    latch.countDown()
    try await latch.wait()
    #expect(await thread)
  }
}
