import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct SemaphoreTests {
  @Test func permitsAreServedInOrderOfArrivalWhateverTheirNumber() async throws {
    try await simulated {
      let (permits, order) = (Semaphore(permits: 4), Recorder<Int>())
      try await permits.acquire(4)
      for count in [3, 1, 4, 1] {
        spawn {
          try await permits.acquire(count)
          order.add(count)
        }
        try await settle()
      }
      permits.release(1)
      try await settle()
      #expect(order.values == [])  // a small request does not overtake the large one at the head
      #expect(!permits.tryAcquire())
      permits.release(3)
      try await settle()
      #expect(order.values.sorted() == [1, 3])
      permits.release(4)
      try await settle()
      #expect(order.values.last == 4)
      permits.release(4)
      try await settle()
      #expect(order.values.count == 4)
      #expect(permits.available == 3)
    }
  }

  @Test func aRequestThatCanNeverFitFailsAtOnce() async {
    let permits = Semaphore(permits: 3)
    let error = await #expect(throws: SemaphoreTooSmall.self) { try await permits.acquire(4) }
    #expect(error?.requested == 4 && error?.size == 3)
    #expect(error.map { "\($0)".contains("3") } == true)
    #expect(permits.available == 3)
  }

  @Test func resizingServesWaitersOrHoldsPermitsBack() async throws {
    try await simulated {
      let permits = Semaphore(permits: 1)
      try await permits.acquire()
      let waiter = spawn { try await permits.acquire() }
      try await settle()
      try permits.resize(to: 2)
      try await waiter.value
      #expect(permits.available == 0)
      try permits.resize(to: 1)
      #expect(permits.available == -1)
      permits.release()
      #expect(!permits.tryAcquire())
      permits.release()
      #expect(permits.tryAcquire())
      #expect(permits.permits == 1)
    }
  }

  @Test(arguments: Home.allCases) func aCancelledHeadLetsTheNextIn(home: Home) async throws {
    try await simulated {
      let permits = Semaphore(permits: 3)
      try await permits.acquire(2)
      let small = spawn {
        try await sleep(for: .microseconds(50))
        try await permits.acquire(1)
      }
      let ended = try await home.cancelling { try await permits.acquire(3) }
      #expect(ended.isCancellation)
      try await small.value
      #expect(permits.available == 0)
    }
  }

  @Test(arguments: [2, 8]) func neverMoreThanAllPermitsAreOut(workers: Int) async throws {
    let permits = Semaphore(permits: 5)
    let out = AtomicInteger()
    try await onWorkers(workers) {
      try await withScope { scope in
        for task in 0..<10 {
          scope.spawn {
            let count = task % 5 + 1
            for _ in 0..<200 {
              try await permits.withPermits(count) {
                #expect(out.add(count) <= 5)
                await Task.yield()
                out.add(-count)
              }
            }
          }
        }
      }
    }
    #expect(permits.available == 5)
  }

  @Test func aWaiterThatNoLongerFitsIsToldSo() async throws {
    try await simulated {
      let permits = Semaphore(permits: 4)
      try await permits.acquire(2)
      let large = spawn { try await permits.acquire(4) }
      try await settle()
      let selecting = spawn {
        try await select {
          Acquire(permits, 3) { "acquired" }
          After(.seconds(60)) { "late" }
        }
      }
      let small = spawn { try await permits.acquire(1) }
      try await settle()
      try permits.resize(to: 3)
      let error = await #expect(throws: SemaphoreTooSmall.self) { try await large.value }
      #expect(error?.requested == 4 && error?.size == 3)
      try permits.resize(to: 2)
      await #expect(throws: SemaphoreTooSmall.self) { try await selecting.value }
      permits.release(2)
      try await small.value
      #expect(permits.available == 1 && permits.waiting == 0)
      await #expect(throws: SemaphoreTooSmall.self) { try await select { Acquire(permits, 9) {} } }
    }
  }

  @Test func impossibleNumbersAreReportedAndChangeNothing() async throws {
    let permits = Semaphore(permits: 3)
    for count in [-1, .min] {
      await #expect(throws: InvalidSetting.self) { try await permits.acquire(count) }
      await #expect(throws: InvalidSetting.self) { try await permits.withPermits(count) {} }
      await #expect(throws: InvalidSetting.self) { try await select { Acquire(permits, count) {} } }
      #expect(throws: InvalidSetting.self) { try permits.acquireBlocking(count) }
      #expect(throws: InvalidSetting.self) { try permits.release(checking: count) }
      #expect(throws: InvalidSetting.self) { try permits.resize(to: count) }
      #expect(!permits.tryAcquire(count))
      permits.release(count)
    }
    #expect(permits.available == 3 && permits.permits == 3)
    #expect(permits.tryAcquire(2))
    let error = #expect(throws: InvalidSetting.self) { try permits.release(checking: 3) }
    #expect(error.map { "\($0)".contains("release") && "\($0)".contains("2") } == true)
    permits.release(3)  // refused and logged
    permits.release(.max)
    #expect(permits.available == 1)
    permits.release(2)
    try await permits.acquire(0)
    #expect(permits.tryAcquire(0) && permits.available == 3)
  }

  @Test func aNegativeSizeServesNobody() async throws {
    let permits = Semaphore(permits: -3)
    #expect(throws: InvalidSetting.self) { try permits.validate() }
    await #expect(throws: InvalidSetting.self) { try await permits.acquire() }
    #expect(throws: InvalidSetting.self) { try permits.acquireBlocking() }
    #expect(throws: InvalidSetting.self) { try permits.resize(to: 3) }
    #expect(!permits.tryAcquire() && permits.available == 0)
    let large = Semaphore(permits: .max)
    try await large.acquire(.max)
    try large.resize(to: 0)
    #expect(large.available == -.max)
    large.release(.max)
    #expect(large.available == 0)
  }

  /// A holder that asks again waits for itself at most: it can be cancelled, and everybody else goes on.
  @Test func aReentrantRequestCanBeCancelled() async throws {
    try await simulated {
      let permits = Semaphore(permits: 2)
      try await permits.withPermits(2) {
        await #expect(throws: TimedOut.self) {
          try await withTimeout(.seconds(1)) { try await permits.withPermits(1) {} }
        }
      }
      #expect(permits.available == 2 && permits.waiting == 0)
    }
  }

  @Test func threadsHoldPermitsForABody() async throws {
    let (permits, inside) = (Semaphore(permits: 2), AtomicInteger())
    let work: @Sendable () -> Bool = {
      (0..<300).allSatisfy { _ in
        (try? permits.withPermitsBlocking(2) {
          defer { inside.add(-1) }
          return inside.add(1) == 1
        }) == true
      }
    }
    async let one = onThread(work)
    async let other = onThread(work)
    let alone = await (one, other)
    #expect(alone == (true, true))
    struct Failure: Error {}
    #expect(throws: Failure.self) { try permits.withPermitsBlocking { throw Failure() } }
    #expect(throws: SemaphoreTooSmall.self) { try permits.withPermitsBlocking(3) {} }
    #expect(permits.available == 2)
  }

  @Test func plainThreadsTakePartByBlocking() async throws {
    let permits = Semaphore(permits: 1)
    try await permits.acquire()
    async let acquired: Bool = onThread { (try? permits.acquireBlocking()) != nil }
    permits.release()
    #expect(await acquired)
    #expect(permits.available == 0)
    #expect(await onThread { (try? permits.acquireBlocking(2)) == nil })
  }
}
