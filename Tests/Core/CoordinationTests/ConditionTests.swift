import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ConditionTests {
  private static func take(_ queue: AsyncMutex<[Int]>, _ arrived: Condition) async throws -> Int {
    try await queue.withLock(waitingFor: arrived, until: { !$0.isEmpty }) { $0.removeFirst() }
  }

  @Test func aSignalWakesTheLongestWaiter() async throws {
    try await simulated {
      let (queue, arrived) = (AsyncMutex([Int]()), Condition())
      var takers: [Goroutine<Int>] = []
      for _ in 0..<3 {
        takers.append(spawn { try await Self.take(queue, arrived) })
        try await settle()
      }
      for number in 0..<3 {
        try await queue.withLock { $0.append(number) }
        arrived.signal()
        #expect(try await takers[number].value == number)
      }
    }
  }

  @Test func aBroadcastWakesAll() async throws {
    try await simulated {
      let (isOpen, opened) = (AsyncMutex(false), Condition())
      let waiters = (0..<10).map { _ in
        spawn { try await isOpen.withLock(waitingFor: opened, until: { $0 }) { $0 } }
      }
      try await settle()
      opened.broadcast()  // for nothing: the predicate does not hold yet
      try await settle()
      try await isOpen.withLock { $0 = true }
      opened.broadcast()
      for waiter in waiters { #expect(try await waiter.value) }
    }
  }

  @Test(arguments: [2, 8]) func noSignalIsLost(workers: Int) async throws {
    let sum = try await onWorkers(workers) {
      let (queue, arrived) = (AsyncMutex([Int]()), Condition())
      let takers = (0..<4).map { _ in
        spawn {
          var sum = 0
          for _ in 0..<250 { sum += try await Self.take(queue, arrived) }
          return sum
        }
      }
      for number in 0..<1_000 {
        try await queue.withLock { $0.append(number) }
        arrived.signal()
      }
      var sum = 0
      for taker in takers { sum += try await taker.value }
      return sum
    }
    #expect(sum == (0..<1_000).reduce(0, +))
  }

  @Test(arguments: Home.allCases) func aSignalBeforeTheCancellationReachesSomebody(home: Home) async throws {
    try await simulated {
      let (queue, arrived) = (AsyncMutex([Int]()), Condition())
      let ended = try await home.cancelling {
        _ = queue.withLockIfAvailable { $0.append(1) }
        arrived.signal()
      } _: {
        try await Self.take(queue, arrived)
      }
      // Served: it has the element. Cancelled: the element is still there, for the next.
      let left = try await queue.withLock { $0.count }
      #expect(ended.isCancellation ? left == 1 : left == 0)
    }
  }

  @Test func plainThreadsWaitByBlocking() async throws {
    let (queue, arrived) = (AsyncMutex([Int]()), Condition())
    async let taken: Int = onThread {
      queue.withLockBlocking(waitingFor: arrived, until: { !$0.isEmpty }) { $0.removeFirst() }
    }
    try await queue.withLock { $0.append(5) }
    arrived.signal()
    #expect(await taken == 5)
  }
}
