import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct AsyncMutexTests {
  @Test(arguments: [2, 8]) func itExcludes(workers: Int) async throws {
    let total = try await onWorkers(workers) {
      let counter = AsyncMutex(0)
      try await withScope { scope in
        for _ in 0..<8 {
          scope.spawn { for _ in 0..<2_000 { try await counter.withLock { $0 += 1 } } }
        }
      }
      return try await counter.withLock { $0 }
    }
    #expect(total == 16_000)
  }

  @Test func itExcludesAcrossSuspensions() async throws {
    try await simulated {
      let inside = AsyncMutex(0)
      try await withScope { scope in
        for _ in 0..<10 {
          scope.spawn {
            try await inside.withLock { value in
              value += 1
              #expect(value == 1)
              try await sleep(for: .milliseconds(3))
              value -= 1
            }
          }
        }
      }
      #expect(Simulation.elapsed >= .milliseconds(30))
    }
  }

  @Test func aLockedMutexIsNotAvailable() async throws {
    let mutex = AsyncMutex(1)
    #expect(mutex.withLockIfAvailable { $0 } == 1)
    try await mutex.withLock { _ in #expect(mutex.withLockIfAvailable { $0 } == nil) }
    #expect(mutex.withLockIfAvailable { $0 } == 1)
  }

  @Test func anErrorReleasesTheLock() async throws {
    struct Failure: Error {}
    let mutex = AsyncMutex(0)
    await #expect(throws: Failure.self) { try await mutex.withLock { _ in throw Failure() } }
    #expect(mutex.withLockIfAvailable { _ in true } == true)
  }

  @Test func waitersAreServedInOrderOfArrival() async throws {
    try await simulated {
      let order = AsyncMutex([Int]())
      let holder = spawn { try await order.withLock { _ in try await sleep(for: .seconds(1)) } }
      try await settle()
      for number in 0..<10 {
        spawn { try await order.withLock { $0.append(number) } }
        try await settle()
      }
      try await holder.value
      try await settle()
      #expect(try await order.withLock { $0 } == Array(0..<10))
    }
  }

  @Test func aWaiterOfOneMillisecondIsHandedTheLock() async throws {
    try await simulated {
      let order = AsyncMutex([String]())
      let greedy = spawn {
        // Takes the lock again at once, without a suspension in between.
        for _ in 0..<5 {
          try await order.withLock { order in
            order.append("greedy")
            try await sleep(for: .milliseconds(2))
          }
        }
      }
      try await settle()
      let patient = spawn { try await order.withLock { $0.append("patient") } }
      try await greedy.value
      try await patient.value
      #expect(try await order.withLock { $0.firstIndex(of: "patient") } == 1)
    }
  }

  @Test func plainThreadsTakePartByBlocking() async throws {
    let counter = AsyncMutex(0)
    async let one: Void = onThread { for _ in 0..<2_000 { counter.withLockBlocking { $0 += 1 } } }
    async let other: Void = onThread { for _ in 0..<2_000 { counter.withLockBlocking { $0 += 1 } } }
    for _ in 0..<2_000 { try await counter.withLock { $0 += 1 } }
    _ = await (one, other)
    #expect(try await counter.withLock { $0 } == 6_000)
  }
}
