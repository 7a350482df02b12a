import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct LockCycleTests {
  @Test(arguments: [1, 2, 3, 10, 300]) func aCycleIsFoundWhateverItsLength(length: Int) async throws {
    try await watched(seeds: 0..<4) {
      let locks = (0..<length).map { AsyncMutex(0, name: "lock \($0)") }
      var goroutines: [Goroutine<Void>] = []
      let found = try await reports {
        goroutines = lockInCircle(locks)
        try await waitForReports()
      }
      #expect(found.count == 1)
      #expect(found.first?.kind == .cycle)
      #expect(found.first?.stuckCount == length)
      #expect(found.first?.cycle.count == length)
      await goroutines.cancelAll()
    }
  }

  /// The holder is noted by whoever takes a lock, not by the lock.
  @Test func locksThatWereMadeBeforeAnybodyWatchedCountToo() async throws {
    try await simulated(seeds: 0..<4) {
      let (locks, gates) = ([AsyncMutex(0), AsyncMutex(0)], [AsyncRWLock(0), AsyncRWLock(0)])
      try await locks[0].withLock { $0 += 1 }
      var goroutines: [Goroutine<Void>] = []
      let found = try await reports {
        goroutines = lockInCircle(locks)
        goroutines += [0, 1].map { index in
          spawn {
            try await gates[index].withReadLock { _ in
              try await sleep(for: .milliseconds(5))
              try await gates[1 - index].withWriteLock { $0 += 1 }
            }
          }
        }
        try await waitForReports()
      }
      #expect(found.map(\.stuckCount) == [2, 2])
      await goroutines.cancelAll()
    }
  }

  @Test func aReportNamesGoroutinesLocksAndSites() async throws {
    try await watched {
      let locks = [AsyncMutex(0, name: "first"), AsyncMutex(0, name: "second")]
      var goroutines: [Goroutine<Void>] = []
      let found = try await reports {
        goroutines = lockInCircle(locks)
        try await waitForReports()
      }
      let report = try #require(found.first)
      #expect(report.cycle.count == 2)
      for line in report.cycle { #expect(line.contains("DiagnosticsTests/DetectorSupport.swift:")) }
      let text = report.description
      for word in ["\"first\"", "\"second\"", "\"g0\"", "\"g1\"", "waits for lock"] {
        #expect(text.contains(word))
      }
      #expect(report.blockedChannels.isEmpty)
      await goroutines.cancelAll()
    }
  }

  @Test func thoseWhoWaitForAMemberAreCountedButNotPartOfTheCycle() async throws {
    try await watched {
      let locks = [AsyncMutex(0, name: "first"), AsyncMutex(0, name: "second")]
      var goroutines: [Goroutine<Void>] = []
      let found = try await reports {
        goroutines = lockInCircle(locks)
        try await settle()
        for _ in 0..<3 { goroutines.append(spawn { try await locks[0].withLock { $0 += 1 } }) }
        let member = goroutines[0]
        goroutines.append(spawn { try await member.value })
        try await waitForReports()
      }
      #expect(found.map(\.stuckCount) == [6])
      #expect(found.first?.cycle.count == 2)
      await goroutines.cancelAll()
    }
  }

  @Test func twoCyclesAreTwoReports() async throws {
    try await watched {
      let goroutines = Recorder<Goroutine<Void>>()
      let found = try await reports {
        for pair in 0..<2 {
          for goroutine in lockInCircle((0..<2).map { AsyncMutex(0, name: "\(pair).\($0)") }) {
            goroutines.add(goroutine)
          }
        }
        try await waitForReports()
      }
      #expect(found.map(\.stuckCount) == [2, 2])
      await goroutines.values.cancelAll()
    }
  }

  @Test func aCycleOneOfWhoseMembersIsCancelledDissolves() async throws {
    try await watched {
      let locks = [AsyncMutex(0), AsyncMutex(0)]
      var goroutines: [Goroutine<Void>] = []
      let found = try await reports {
        goroutines = lockInCircle(locks)
        // Stuck, but not for long enough.
        try await sleep(for: .milliseconds(25))
        goroutines[0].cancel()
        try await waitForReports()
      }
      #expect(found.isEmpty)
      #expect(await goroutines[0].result.isCancellation)
      try await goroutines[1].value
    }
  }

  @Test func afterADissolvedCycleTheNextOneIsReported() async throws {
    try await watched {
      let locks = [AsyncMutex(0), AsyncMutex(0)]
      let found = try await reports {
        for _ in 0..<2 {
          let goroutines = lockInCircle(locks)
          try await waitForReports()
          await goroutines.cancelAll()
        }
      }
      #expect(found.map(\.kind) == [.cycle, .cycle])
    }
  }

  @Test func aTimeLimitThatWillEndItIsNoDeadlock() async throws {
    try await watched {
      let locks = [AsyncMutex(0), AsyncMutex(0)]
      let found = try await reports {
        let goroutines = locks.indices.map { index in
          spawn {
            try await locks[index].withLock { _ in
              try await sleep(for: .milliseconds(5))
              try await withTimeout(.milliseconds(500)) {
                try await locks[1 - index].withLock { $0 += 1 }
              }
            }
          }
        }
        for goroutine in goroutines { _ = await goroutine.result }
      }
      #expect(found.isEmpty)
    }
  }

  @Test func aLockMadeBeforeTheDetectorIsWatchedOnceItWasWaitedFor() async throws {
    let scheduler = Scheduler(workers: 2)
    try await Task(executorPreference: scheduler) {
      let locks = [AsyncMutex(0), AsyncMutex(0)]
      let detector = DeadlockDetector(checkInterval: .seconds(100), timeout: .zero)
      try detector.start()
      defer { detector.stop() }
      for lock in locks {
        let isHeld = WaitGroup()
        isHeld.add(1)
        let holder = spawn {
          try await lock.withLock { _ in
            isHeld.done(); try await sleep(for: .milliseconds(2))
          }
        }
        try await isHeld.wait()
        try await spawn { try await lock.withLock { $0 += 1 } }.value
        try await holder.value
      }
      let goroutines = lockInCircle(locks)
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
    }.value
  }

  @Test func aHolderThatIsNoGoroutineIsNeverBlamed() async throws {
    try await watched {
      let lock = AsyncMutex(0, name: "held by a thread")
      let found = try await reports {
        let goroutine = spawn { try await lock.withLock { $0 += 1 } }
        await withTaskGroup(of: Void.self) { group in
          group.addTask { try? await lock.withLock { _ in try await sleep(for: .milliseconds(300)) } }
        }
        try await goroutine.value
      }
      #expect(found.isEmpty)
    }
  }
}
