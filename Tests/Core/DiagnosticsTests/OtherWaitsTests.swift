import CoreTestSupport
import Revoada
import Testing

/// Deadlocks over other things than mutexes, and mixtures.
@Suite(.timeLimit(.minutes(10)))
struct OtherWaitsTests {
  @Test func aGoroutineThatAwaitsItselfThroughOthersIsStuck() async throws {
    try await watched {
      let lock = AsyncMutex(0, name: "shared")
      var goroutine: Goroutine<Void>?
      let found = try await reports {
        goroutine = spawn(name: "parent") {
          try await lock.withLock { _ in
            try await spawn(name: "child") { try await lock.withLock { $0 += 1 } }.value
          }
        }
        try await waitForReports()
      }
      #expect(found.map(\.stuckCount) == [2])
      #expect(found.first?.description.contains("waits for the end of goroutine") == true)
      await [goroutine!].cancelAll()
    }
  }

  @Test func aScopeThatWaitsForAChildThatWaitsForItsParentIsStuck() async throws {
    try await watched {
      let lock = AsyncMutex(0, name: "shared")
      var goroutine: Goroutine<Void>?
      let found = try await reports {
        goroutine = spawn(name: "parent") {
          try await lock.withLock { _ in
            try await withScope { scope in
              scope.spawn(name: "child") { try await lock.withLock { $0 += 1 } }
            }
          }
        }
        try await waitForReports()
      }
      #expect(found.map(\.stuckCount) == [2])
      await [goroutine!].cancelAll()
    }
  }

  @Test func placesOfAScopeAreHeld() async throws {
    try await watched {
      let started = Channel<Void>()
      var goroutine: Goroutine<Void>?
      let found = try await reports {
        goroutine = spawn {
          try await withScope(limit: 1) { scope in
            let second = Channel<Goroutine<Void>>(capacity: 1)
            scope.spawn(name: "first") {
              if let other = try await second.receive() { try await other.value }
            }
            try await settle()
            try await second.send(spawn { try await started.receive() })
            scope.spawn(name: "second") { started.close() }
          }
        }
        try await waitForReports()
      }
      // The first waits for a channel, which anybody might send to.
      #expect(found.isEmpty)
      await [goroutine!].cancelAll()
    }
  }

  @Test func readersAndWritersWaitForEachOther() async throws {
    try await watched {
      let (left, right) = (AsyncRWLock(0, name: "left"), AsyncRWLock(0, name: "right"))
      var goroutines: [Goroutine<Void>] = []
      let found = try await reports {
        goroutines = [
          spawn {
            try await left.withReadLock { _ in
              try await sleep(for: .milliseconds(5))
              try await right.withWriteLock { $0 += 1 }
            }
          },
          spawn {
            try await right.withReadLock { _ in
              try await sleep(for: .milliseconds(5))
              try await left.withWriteLock { $0 += 1 }
            }
          },
          // Another reader, which will go.
          spawn { try await left.withReadLock { _ in try await sleep(for: .milliseconds(70)) } },
        ]
        try await waitForReports()
      }
      #expect(found.map(\.stuckCount) == [2])
      await goroutines.cancelAll()
    }
  }

  @Test func aReaderThatAsksAgainBehindAWriterWaitsForItself() async throws {
    try await watched {
      let lock = AsyncRWLock(0, name: "settings")
      var goroutines: [Goroutine<Void>] = []
      let found = try await reports {
        goroutines.append(
          spawn(name: "reader") {
            try await lock.withReadLock { _ in
              try await sleep(for: .milliseconds(5))
              try await lock.withReadLock { _ in }
            }
          })
        try await settle()
        goroutines.append(spawn(name: "writer") { try await lock.withWriteLock { $0 += 1 } })
        try await waitForReports()
      }
      #expect(found.map(\.stuckCount) == [2])
      #expect(found.first?.cycle.count == 2)
      await goroutines.cancelAll()
    }
  }

  @Test(arguments: [2, 8]) func realWorkersGetStuckToo(workers: Int) async throws {
    try await onWorkers(workers) {
      let detector = DeadlockDetector(checkInterval: .seconds(100), timeout: .zero)
      try detector.start()
      defer { detector.stop() }
      let (left, right) = (AsyncRWLock(0, name: "left"), AsyncRWLock(0, name: "right"))
      let both = WaitGroup()
      both.add(2)
      let goroutines = [(left, right), (right, left)].map { first, second in
        spawn {
          try await first.withReadLock { _ in
            both.done()
            try await both.wait()
            try await second.withWriteLock { $0 += 1 }
          }
        }
      }
      var found: [DeadlockReport] = []
      while found.isEmpty {
        try await sleep(for: .milliseconds(1))
        // Other tests run in the same world.
        found = detector.check().filter { report in
          report.stuck.contains { stuck in goroutines.contains { .goroutine($0.id) == stuck.id } }
        }
      }
      #expect(found.first?.stuckCount == 2)
      await goroutines.cancelAll()
    }
  }

  @Test func permitsAreHeldBySeveral() async throws {
    try await watched {
      let permits = Semaphore(permits: 3, name: "connections")
      let lock = AsyncMutex(0, name: "table")
      var goroutines: [Goroutine<Void>] = []
      let found = try await reports {
        // Two have permits and wait for the lock, whose holder wants two permits: one is free, and one is used for a while.
        goroutines = (0..<2).map { _ in
          spawn {
            try await permits.withPermits {
              try await sleep(for: .milliseconds(5))
              try await lock.withLock { $0 += 1 }
            }
          }
        }
        goroutines.append(
          spawn(name: "holder") {
            try await lock.withLock { _ in
              try await sleep(for: .milliseconds(8))
              try await permits.withPermits(2) {}
            }
          })
        try await waitForReports()
      }
      #expect(found.map(\.stuckCount) == [3])
      #expect(found.first?.description.contains("\"connections\"") == true)
      await goroutines.cancelAll()
    }
  }

  @Test func aPermitThatSomebodyElseWillReturnIsEnough() async throws {
    try await watched {
      let permits = Semaphore(permits: 2)
      let lock = AsyncMutex(0)
      let found = try await reports {
        let stuckForAWhile = spawn {
          try await permits.withPermits {
            try await sleep(for: .milliseconds(5))
            try await lock.withLock { $0 += 1 }
          }
        }
        let holder = spawn {
          try await lock.withLock { _ in
            try await sleep(for: .milliseconds(8))
            try await permits.withPermits {}
          }
        }
        let other = spawn { try await permits.withPermits { try await sleep(for: .milliseconds(300)) } }
        for goroutine in [stuckForAWhile, holder, other] { try await goroutine.value }
      }
      #expect(found.isEmpty)
    }
  }

  /// `acquire` in one goroutine and `release` in another is how work is bounded; whoever acquired is no holder.
  @Test func aPermitThatIsHandedOverMakesNobodyAHolder() async throws {
    try await watched {
      let permits = Semaphore(permits: 1, name: "work")
      let found = try await reports {
        for _ in 0..<3 {
          try await permits.acquire()
          spawn {
            defer { permits.release() }
            try await sleep(for: .milliseconds(100))
          }
        }
        try await permits.acquire()
      }
      #expect(found.isEmpty)
    }
  }

  @Test func aSelectIsStuckOnlyWhenAllOfItsCasesAre() async throws {
    try await watched {
      let (left, right) = (AsyncMutex(0, name: "left"), AsyncMutex(0, name: "right"))
      var goroutines: [Goroutine<Void>] = []
      let found = try await reports {
        let selecting = spawn(name: "selecting") {
          try await left.withLock { _ in
            try await sleep(for: .milliseconds(5))
            try await select {
              Locked(right) { $0 += 1 }
              Locked(left) { $0 += 1 }
            }
          }
        }
        let other = spawn(name: "other") {
          try await right.withLock { _ in
            try await sleep(for: .milliseconds(5))
            try await left.withLock { $0 += 1 }
          }
        }
        goroutines = [selecting, other]
        try await waitForReports()
      }
      #expect(found.map(\.stuckCount) == [2])
      #expect(found.first?.description.contains("selects: waits for lock") == true)
      await goroutines.cancelAll()
    }
  }

  @Test(arguments: [true, false]) func aSelectWithAHopeIsNotStuck(byTimer: Bool) async throws {
    try await watched {
      let (left, right) = (AsyncMutex(0), AsyncMutex(0))
      let hope = Channel<Int>()
      let found = try await reports {
        let selecting = spawn {
          try await left.withLock { _ in
            try await sleep(for: .milliseconds(5))
            try await select {
              Locked(right) { $0 += 1 }
              if byTimer {
                After(.milliseconds(300)) {}
              } else {
                Receive(hope) { _ in }
              }
            }
          }
        }
        let other = spawn {
          try await right.withLock { _ in
            try await sleep(for: .milliseconds(5))
            try await left.withLock { $0 += 1 }
          }
        }
        try await waitForReports()
        if !byTimer { try await hope.send(1) }
        try await selecting.value
        try await other.value
      }
      #expect(found.isEmpty)
    }
  }
}
