import CoreTestSupport
import Revoada
import RevoadaCoordination
import Testing

@Suite(.timeLimit(.minutes(10)))
struct UpgradingTests {
  /// A reader that stays until `gate` lets it go.
  private static func reader(_ lock: UpgradeableRWLock<Int>, _ gate: Channel<Void>) async throws -> Goroutine<
    Void
  > {
    let reader = spawn { try await lock.withReadLock { _ in _ = try await gate.receive() } }
    try await settle()
    return reader
  }

  @Test func aLoneReaderIsUpgradedAtOnceAndReadsOn() async throws {
    try await simulated {
      let lock = UpgradeableRWLock(1)
      try await lock.withUpgradeableReadLock { reader in
        #expect(reader.value == 1)
        #expect(
          reader.tryUpgrade { value in
            value += 1; return value
          } == 2)
        #expect(reader.value == 2)
        let other = spawn { try await lock.withReadLock { $0 } }
        #expect(try await other.value == 2)
        try await reader.upgrade { value in
          value += 1
          #expect(!lock.gate.tryAcquire(.read))
          try await sleep(for: .seconds(1))
        }
        #expect(reader.value == 3)
      }
      #expect(lock.gate.tryAcquire(.write))
    }
  }

  @Test func tryingNeverWaits() async throws {
    try await simulated {
      let (lock, gate) = (UpgradeableRWLock(1), Channel<Void>())
      let other = try await Self.reader(lock, gate)
      try await lock.withUpgradeableReadLock { reader in
        #expect(reader.tryUpgrade { $0 += 1 } == nil)
        try await gate.send(())
        try await other.value
        // A writer that waits does not matter: it could not come in anyway.
        let writer = spawn { try await lock.withWriteLock { $0 *= 10 } }
        try await settle()
        #expect(reader.tryUpgrade { $0 += 1 } != nil)
        #expect(reader.value == 2)
        _ = writer
      }
      #expect(try await lock.withReadLock { $0 } == 20)
    }
  }

  @Test func noWriterComesInBetweenAndNewReadersWait() async throws {
    try await simulated {
      let (lock, gate, order) = (UpgradeableRWLock(1), Channel<Void>(), Recorder<String>())
      let other = try await Self.reader(lock, gate)
      let upgrading = spawn {
        try await lock.withUpgradeableReadLock { reader in
          let before = reader.value
          try await sleep(for: .seconds(1))
          try await reader.upgrade { value in
            order.add("upgraded")
            #expect(value == before)
            value += 1
          }
        }
      }
      try await settle()
      let writer = spawn {
        try await lock.withWriteLock { value in
          order.add("writer")
          value *= 10
        }
      }
      try await sleep(for: .seconds(2))
      // A steady stream of readers: none gets in before the upgrade.
      let readers = (0..<5).map { _ in spawn { try await lock.withReadLock { _ in order.add("reader") } } }
      try await settle()
      #expect(order.values == [])
      try await gate.send(())
      for goroutine in [other, upgrading, writer] + readers { try await goroutine.value }
      #expect(order.values == ["upgraded", "writer"] + Array(repeating: "reader", count: 5))
      #expect(try await lock.withReadLock { $0 } == 20)
    }
  }

  @Test func theSecondOfTwoUpgradesIsRefused() async throws {
    try await simulated {
      let lock = UpgradeableRWLock(1)
      let first = spawn {
        try await lock.withUpgradeableReadLock { reader in
          try await sleep(for: .seconds(1))
          try await reader.upgrade { $0 += 1 }
        }
      }
      let second = spawn {
        try await lock.withUpgradeableReadLock { reader in
          try await sleep(for: .seconds(2))
          let error = await #expect(throws: UpgradePending.self) { try await reader.upgrade { $0 += 10 } }
          #expect(error.map { "\($0)" } == "another upgrade is pending")
          #expect(reader.value == 1)  // still a reader
        }
      }
      try await second.value
      try await first.value
      #expect(try await lock.withReadLock { $0 } == 2)
    }
  }

  @Test func anUpgradeInsideOfItselfIsReported() async throws {
    try await UpgradeableRWLock(1).withUpgradeableReadLock { reader in
      try await reader.upgrade { _ in
        await #expect(throws: LockNotHeld.self) { try await reader.upgrade { $0 += 1 } }
        #expect(reader.tryUpgrade { $0 += 1 } == nil)
      }
    }
  }

  @Test(arguments: Home.allCases) func aCancelledUpgradeStillReads(home: Home) async throws {
    try await simulated {
      let (lock, gate) = (UpgradeableRWLock(1), Channel<Void>())
      let other = try await Self.reader(lock, gate)
      let ended = try await home.cancelling {
        try await lock.withUpgradeableReadLock { reader in
          await #expect(throws: CancellationError.self) { try await reader.upgrade { $0 += 1 } }
          #expect(!lock.gate.tryAcquire(.write) && lock.gate.tryAcquire(.read))
          lock.gate.release(.read)
          return reader.value
        }
      }
      #expect(try ended.get() == 1)
      try await gate.send(())
      try await other.value
      #expect(lock.gate.tryAcquire(.write))
    }
  }

  @Test(arguments: Home.allCases) func servedThenCancelledIsUpgraded(home: Home) async throws {
    try await simulated {
      let gate = ReadWriteGate()
      #expect(gate.tryAcquire(.read) && gate.tryAcquire(.read))
      let ended = try await home.cancelling(after: { gate.release(.read) }) { try await gate.upgrade() }
      #expect(try ended.get() == .upgraded)
      #expect(!gate.tryAcquire(.read) && gate.downgrade() && gate.tryAcquire(.read))
    }
  }

  @Test(arguments: Home.allCases) func aCancelledUpgradeLetsOthersIn(home: Home) async throws {
    try await simulated {
      let gate = ReadWriteGate()
      #expect(gate.tryAcquire(.read) && gate.tryAcquire(.read))
      let late = spawn {
        try await sleep(for: .microseconds(50))
        try await gate.acquire(.read)
      }
      let ended = try await home.cancelling { try await gate.upgrade() }
      #expect(ended.isCancellation)
      try await late.value
      for _ in 0..<3 { #expect(gate.release(.read)) }
      #expect(gate.tryAcquire(.write))
    }
  }

  @Test func aWriterBecomesAReaderWithoutLettingAnotherWriterIn() async throws {
    try await simulated {
      let lock = UpgradeableRWLock(1)
      let seen = try await lock.withWriteLock { value in
        try await sleep(for: .seconds(1))
        value = 5
        return "written"
      } downgraded: { written, reader in
        let other = spawn { try await lock.withReadLock { $0 } }
        try await settle()
        #expect(try await other.value == 5)
        let writer = spawn { try await lock.withWriteLock { $0 = 9 } }
        try await sleep(for: .seconds(1))
        _ = writer
        return "\(written) \(reader.value)"
      }
      #expect(seen == "written 5")
      #expect(try await lock.withReadLock { $0 } == 9)
    }
  }

  @Test func bodiesThatThrowLeaveTheLockFree() async throws {
    struct Failed: Error {}
    let lock = UpgradeableRWLock(1)
    await #expect(throws: Failed.self) {
      try await lock.withUpgradeableReadLock { reader in try await reader.upgrade { _ in throw Failed() } }
    }
    await #expect(throws: Failed.self) {
      try await lock.withWriteLock { _ in
        throw Failed()
      } downgraded: { (_: Void, _) in
      }
    }
    await #expect(throws: Failed.self) {
      try await lock.withWriteLock { _ in
      } downgraded: { _, _ in
        throw Failed()
      }
    }
    #expect(lock.gate.tryAcquire(.write))
  }

  @Test func givingBackWhatIsNotHeldChangesNothing() {
    let gate = ReadWriteGate()
    #expect(!gate.release(.read) && !gate.release(.write) && !gate.downgrade() && !gate.tryUpgrade())
    #expect(gate.tryAcquire(.read) && !gate.release(.write) && !gate.downgrade() && gate.release(.read))
    #expect(gate.tryAcquire(.write) && !gate.release(.read) && !gate.tryUpgrade() && gate.release(.write))
    #expect(gate.upgradeBlocking() == .notHeld)
  }

  @Test func itCanBeACase() async throws {
    let lock = UpgradeableRWLock(1)
    let value = try await select {
      lock.whenUpgradeable { reader in
        try await reader.upgrade { $0 += 1 }
        return reader.value
      }
    }
    #expect(value == 2 && lock.gate.tryAcquire(.write))
  }

  @Test func aThreadThatHasWrittenReadsOn() async throws {
    let lock = UpgradeableRWLock(0)
    let work: @Sendable () -> Bool = {
      (0..<300).allSatisfy { _ in
        lock.withWriteLockBlocking {
          $0 += 1
          return $0
        } downgraded: { written, reader in
          reader.value == written
        }
      }
    }
    async let one = onThread(work)
    async let other = onThread(work)
    let unchanged = await (one, other)
    #expect(unchanged == (true, true))
    struct Failure: Error {}
    #expect(throws: Failure.self) {
      try lock.withWriteLockBlocking { _ in
        throw Failure()
      } downgraded: { (_: Void, _) in
      }
    }
    #expect(try await lock.withWriteLock { $0 } == 600)
  }

  @Test func plainThreadsTakePartByBlocking() async throws {
    let lock = UpgradeableRWLock(0)
    async let refused: Int = onThread {
      (0..<300).reduce(0) { refused, _ in
        let upgraded: Void? = lock.withUpgradeableReadLockBlocking { try? $0.upgradeBlocking { $0 += 1 } }
        return refused + (upgraded == nil ? 1 : 0)
      }
    }
    var others = 0
    for _ in 0..<300 {
      try await lock.withUpgradeableReadLock { reader in
        do { try await reader.upgrade { $0 += 1 } } catch is UpgradePending { others += 1 }
      }
    }
    let total = await refused + others
    #expect(try await lock.withReadLock { $0 } == 600 - total)
  }
}
