import CoreTestSupport
import Revoada
import RevoadaCoordination
import Testing

/// Many tasks, cancelled at random moments: what they held or carried is accounted for.
@Suite(.timeLimit(.minutes(10)))
struct CancelStormTests {
  @Test(arguments: [2, 8], [UInt64(1), 2, 3]) func noPermitIsLost(workers: Int, seed: UInt64) async throws {
    let (permits, out) = (Semaphore(permits: 3), AtomicInteger())
    try await onWorkers(workers) {
      await cancelStorm(1_000, seed: seed) { index in
        try await permits.withPermits(index % 3 + 1) {
          #expect(out.add(index % 3 + 1) <= 3)
          await Task.yield()
          out.add(-(index % 3 + 1))
        }
      }
    }
    #expect(permits.available == 3)
  }

  @Test(arguments: [2, 8], [UInt64(1), 2, 3]) func noLockStaysHeld(workers: Int, seed: UInt64) async throws {
    let (mutex, lock) = (AsyncMutex(0), AsyncRWLock(0))
    try await onWorkers(workers) {
      await cancelStorm(1_000, seed: seed) { index in
        switch index % 3 {
        case 0:
          try await mutex.withLock { value in
            await Task.yield(); value += 1
          }
        case 1: try await lock.withReadLock { _ in await Task.yield() }
        default:
          try await lock.withWriteLock { value in
            await Task.yield(); value += 1
          }
        }
      }
    }
    #expect(mutex.withLockIfAvailable { _ in true } == true)
    try await lock.withWriteLock { #expect($0 <= 1_000) }
  }

  @Test(arguments: [2, 8], [UInt64(1), 2, 3]) func noUpgradeLosesALock(workers: Int, seed: UInt64)
    async throws
  {
    let lock = UpgradeableRWLock(0)
    let (inside, written) = (AtomicInteger(), AtomicInteger())
    try await onWorkers(workers) {
      await cancelStorm(1_000, seed: seed) { index in
        if index % 5 == 0 {
          try await lock.withWriteLock {
            #expect(inside.load() == 0)
            await Task.yield()
            $0 += 1
            written.add(1)
          } downgraded: { _, reader in
            #expect(reader.value > 0)
          }
        } else {
          try await lock.withUpgradeableReadLock { reader in
            inside.add(1)
            defer { inside.add(-1) }
            let before = reader.value
            await Task.yield()
            if index % 3 == 0 {
              try await reader.upgrade {
                #expect($0 == before && inside.load() == 1)
                await Task.yield()
                $0 += 1
                written.add(1)
              }
            } else if index % 3 == 1 {
              _ = reader.tryUpgrade { value in
                #expect(value == before)
                value += 1
                written.add(1)
              }
            }
          }
        }
      }
    }
    #expect(lock.gate.tryAcquire(.write))
    #expect(lock.gate.downgrade() && lock.gate.release(.read))
    #expect(try await lock.withReadLock { $0 } == written.load())
  }

  @Test(arguments: [2, 8], [UInt64(1), 2, 3]) func aBarrierForgetsNobody(workers: Int, seed: UInt64)
    async throws
  {
    let barrier = Barrier(parties: 4)
    let (hasEnded, told) = (AtomicInteger(), AtomicInteger())
    try await onWorkers(workers) {
      // Whoever waits when all the others have ended is told by the last reset.
      let storm = spawn {
        await cancelStorm(800, seed: seed) { index in
          do {
            if index % 3 == 0 {
              try await select {
                Arrive(barrier) {}
                After(.microseconds(index % 200)) {}
              }
            } else {
              try await barrier.wait()
            }
          } catch let error as BarrierBroken {
            told.add(1)
            if error.cause == .cancellation { barrier.reset() }
          }
        }
        hasEnded.add(1)
      }
      while hasEnded.load() == 0 {
        barrier.reset()
        try await sleep(for: .microseconds(200))
      }
      try await storm.value
    }
    #expect(told.load() > 0 && barrier.waiting == 0)
    barrier.reset()
    try await withScope { scope in for _ in 0..<4 { scope.spawn { try await barrier.wait() } } }
  }

  @Test(arguments: [2, 8], [UInt64(1), 2]) func aLatchKeepsNoWaiter(workers: Int, seed: UInt64) async throws {
    let (latch, late) = (CountDownLatch(300), AtomicInteger())
    try await onWorkers(workers) {
      await cancelStorm(900, seed: seed) { index in
        if index % 3 == 0 { return latch.countDown() }
        if index % 3 == 1 { return try await latch.wait() }
        if try await !latch.wait(timeout: .microseconds(index % 300)) { late.add(1) }
      }
    }
    #expect(latch.count == 0 && latch.waiting == 0)
    #expect(late.load() <= 300)
  }

  /// Everybody waits, and everybody is cancelled while the first are being served.
  @Test(arguments: [2, 8]) func cancellingAllWhileSomeAreServed(workers: Int) async throws {
    let (permits, gate, group) = (Semaphore(permits: 4), ReadWriteGate(), WaitGroup())
    let (barrier, mutex) = (Barrier(parties: 1_000), AsyncMutex(0))
    group.add(1)
    try await onWorkers(workers) {
      for round in 0..<30 {
        try await permits.acquire(4)
        try await gate.acquire(.write)
        try await cancelAll(60) { index in
          switch index % 5 {
          case 0: try await permits.withPermits(index % 4 + 1) { await Task.yield() }
          case 1:
            try await gate.acquire(index % 2 == 0 ? .read : .write)
            gate.release(index % 2 == 0 ? .read : .write)
          case 2: try await group.wait()
          case 3: try await barrier.wait()
          default: try await mutex.withLock { _ in await Task.yield() }
          }
        } meanwhile: {
          for _ in 0..<round { await Task.yield() }
          permits.release(4)
          gate.release(.write)
        }
        barrier.reset()
      }
    }
    #expect(permits.available == 4 && permits.waiting == 0 && barrier.waiting == 0)
    #expect(gate.tryAcquire(.write))
    #expect(mutex.withLockIfAvailable { _ in true } == true)
  }

  @Test(arguments: [2, 8], [0, 3]) func noElementIsLostOrDoubled(workers: Int, capacity: Int) async throws {
    let delivered = Recorder<Int>()
    let undelivered = Recorder<Int>()
    let channel = Channel<Int>(capacity: capacity) { element, _ in undelivered.add(element) }
    let started = Recorder<Int>()
    try await onWorkers(workers) {
      let receiver = spawn { for try await element in channel { delivered.add(element) } }
      await cancelStorm(1_000, seed: UInt64(capacity)) { index in
        started.add(index)
        try await channel.send(index)
      }
      channel.close()
      try await receiver.value
    }
    #expect((delivered.values + undelivered.values).sorted() == started.values.sorted())
  }

  @Test(arguments: [2, 8]) func noElementIsLostByCancelledReceivers(workers: Int) async throws {
    let delivered = Recorder<Int>()
    try await onWorkers(workers) {
      let channel = Channel<Int>()
      let sender = spawn { for number in 0..<300 { try await channel.send(number) } }
      await cancelStorm(1_000, seed: 9) { index in
        let element =
          index % 3 == 0
          ? try await channel.receive(timeout: .milliseconds(1))
          : try await channel.receive(timeout: .seconds(0))
        if let element { delivered.add(element) }
      }
      let rest = spawn { for try await element in channel { delivered.add(element) } }
      try await sender.value
      channel.close()
      try await rest.value
    }
    #expect(delivered.values.sorted() == Array(0..<300))
  }
}
