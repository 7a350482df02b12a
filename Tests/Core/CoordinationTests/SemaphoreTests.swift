import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(1)))
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
      permits.resize(to: 2)
      try await waiter.value
      #expect(permits.available == 0)
      permits.resize(to: 1)
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
