import CoreTestSupport
import Revoada
import Testing

/// A waiter that was served before its cancellation keeps what it was given; one that was not leaves no trace.
@Suite(.timeLimit(.minutes(10)))
struct ServedThenCancelledTests {
  @Test(arguments: Home.allCases) func channelReceive(home: Home) async throws {
    try await simulated {
      let channel = Channel<Int>()
      let served = try await home.cancelling(after: { _ = channel.trySend(1) }) {
        try await channel.receive()
      }
      #expect(try served.get() == 1)
      let unserved = try await home.cancelling { try await channel.receive() }
      #expect(unserved.isCancellation)
      guard case .full = channel.trySend(2) else { return #expect(Bool(false), "a receiver was left") }
    }
  }

  @Test(arguments: Home.allCases, [0, 1]) func channelSend(home: Home, capacity: Int) async throws {
    try await simulated {
      let channel = Channel<Int>(capacity: capacity)
      for _ in 0..<capacity { try await channel.send(0) }
      let served = try await home.cancelling(after: { _ = channel.tryReceive() }) {
        try await channel.send(1)
      }
      #expect(throws: Never.self) { try served.get() }
      #expect(channel.count == capacity)
      let unserved = try await home.cancelling { try await channel.send(2) }
      if capacity == 0 {
        #expect(unserved.isCancellation)
        guard case .empty = channel.tryReceive() else { return #expect(Bool(false), "a sender was left") }
      } else {
        #expect(unserved.isCancellation)
        guard case .received(1) = channel.tryReceive() else { return #expect(Bool(false), "1 was lost") }
        guard case .empty = channel.tryReceive() else { return #expect(Bool(false), "a sender was left") }
      }
    }
  }

  @Test(arguments: Home.allCases) func semaphore(home: Home) async throws {
    try await simulated {
      let permits = Semaphore(permits: 1)
      try await permits.acquire()
      let served = try await home.cancelling(after: { permits.release() }) { try await permits.acquire() }
      #expect(throws: Never.self) { try served.get() }
      #expect(permits.available == 0)
      let unserved = try await home.cancelling { try await permits.acquire() }
      #expect(unserved.isCancellation)
      permits.release()
      #expect(permits.available == 1)
    }
  }

  @Test(arguments: Home.allCases) func waitGroup(home: Home) async throws {
    try await simulated {
      let group = WaitGroup()
      group.add(1)
      let unserved = try await home.cancelling { try await group.wait() }
      #expect(unserved.isCancellation)
      let served = try await home.cancelling(after: { group.done() }) { try await group.wait() }
      #expect(throws: Never.self) { try served.get() }
    }
  }

  @Test(arguments: Home.allCases) func mutex(home: Home) async throws {
    try await simulated {
      let (mutex, gate) = (AsyncMutex(0), Channel<Void>())
      let holder = spawn { try await mutex.withLock { _ in _ = try await gate.receive() } }
      try await settle()
      let unserved = try await home.cancelling { try await mutex.withLock { $0 += 1 } }
      #expect(unserved.isCancellation)
      _ = try await home.cancelling(after: { _ = gate.trySend(()) }) { try await mutex.withLock { $0 += 1 } }
      try await holder.value
      // Whichever came first: the lock is free again.
      #expect(mutex.withLockIfAvailable { _ in true } == true)
    }
  }

  @Test(arguments: Home.allCases) func readWriteLock(home: Home) async throws {
    try await simulated {
      let (lock, gate) = (AsyncRWLock(0), Channel<Void>())
      let holder = spawn { try await lock.withWriteLock { _ in _ = try await gate.receive() } }
      try await settle()
      let reading = try await home.cancelling { try await lock.withReadLock { $0 } }
      #expect(reading.isCancellation)
      let writing = try await home.cancelling { try await lock.withWriteLock { $0 += 1 } }
      #expect(writing.isCancellation)
      try await gate.send(())
      try await holder.value
      #expect(try await lock.withWriteLock { $0 } == 0)
    }
  }

  @Test(arguments: Home.allCases) func goroutineValue(home: Home) async throws {
    try await simulated {
      let gate = Channel<Int>()
      let worker = spawn { try await gate.receive() }
      let unserved = try await home.cancelling { try await worker.value }
      #expect(unserved.isCancellation)
      try await gate.send(3)
      #expect(try await worker.value == 3)
    }
  }

  @Test(arguments: Home.allCases) func sleeping(home: Home) async throws {
    try await simulated {
      let ended = try await home.cancelling { try await sleep(for: .seconds(100)) }
      #expect(ended.isCancellation)
      #expect(Simulation.elapsed < .seconds(1))
    }
  }
}
