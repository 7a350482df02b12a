import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct SelectCoordinationTests {
  @Test func permitsCanBeACase() async throws {
    try await simulated {
      let permits = Semaphore(permits: 2)
      try await permits.acquire(2)
      let never = Channel<Int>()
      let selecting = spawn {
        try await select {
          Acquire(permits, 2) { "acquired" }
          Receive(never) { _ in "received" }
        }
      }
      try await settle()
      permits.release()
      try await settle()
      permits.release()
      #expect(try await selecting.value == "acquired")
      #expect(permits.available == 0)
    }
  }

  @Test func aLosingCaseAtTheHeadLetsTheNextIn() async throws {
    try await simulated {
      let permits = Semaphore(permits: 3)
      try await permits.acquire(2)
      let other = Channel<Int>()
      let selecting = spawn {
        try await select {
          Acquire(permits, 3) { 0 }
          Receive(other) { $0 ?? -1 }
        }
      }
      try await settle()
      let small = spawn { try await permits.acquire(1) }
      try await settle()
      #expect(permits.available == 1)
      try await other.send(9)
      #expect(try await selecting.value == 9)
      try await small.value
      #expect(permits.available == 0)
    }
  }

  @Test func aMutexCanBeACaseAndIsReleasedAfterTheHandler() async throws {
    try await simulated {
      let counter = AsyncMutex(0)
      let holder = spawn {
        try await counter.withLock { value in
          try await sleep(for: .seconds(1)); value += 1
        }
      }
      try await settle()
      let seen = try await select {
        Locked(counter) { value in
          value += 10
          return value
        }
        After(.seconds(2)) { -1 }
      }
      #expect(seen == 11)
      try await holder.value
      #expect(counter.withLockIfAvailable { $0 } == 11)
    }
  }

  @Test func aLosingLockCaseHoldsNothing() async throws {
    try await simulated {
      let (mutex, lock) = (AsyncMutex(0), AsyncRWLock(0))
      let holders = [
        spawn { try await mutex.withLock { _ in try await sleep(for: .seconds(2)) } },
        spawn { try await lock.withWriteLock { _ in try await sleep(for: .seconds(2)) } },
      ]
      try await settle()
      let picked = try await select {
        Locked(mutex) { _ in "mutex" }
        lock.whenReadable { _ in "read" }
        lock.whenWritable { _ in "write" }
        After(.seconds(1)) { "late" }
      }
      #expect(picked == "late")
      for holder in holders { try await holder.value }
      #expect(mutex.withLockIfAvailable { _ in true } == true)
      try await lock.withWriteLock { $0 += 1 }
      #expect(try await lock.withReadLock { $0 } == 1)
    }
  }

  @Test func aReadWriteLockCanBeACase() async throws {
    let lock = AsyncRWLock(5)
    #expect(try await select { lock.whenReadable { $0 } } == 5)
    let written = try await select {
      lock.whenWritable { value in
        value = 6
        return value
      }
    }
    #expect(written == 6)
    #expect(try await lock.withReadLock { $0 } == 6)
  }

  @Test func theEndOfAWaitGroupCanBeACase() async throws {
    try await simulated {
      let group = WaitGroup()
      group.add(2)
      spawn {
        try await sleep(for: .seconds(1))
        group.done()
        try await sleep(for: .seconds(1))
        group.done()
      }
      let picked = try await select {
        Finished(group) { "finished" }
        After(.seconds(5)) { "late" }
      }
      #expect(picked == "finished")
      #expect(Simulation.elapsed >= .seconds(2) && Simulation.elapsed < .seconds(2.001))
    }
  }
}
