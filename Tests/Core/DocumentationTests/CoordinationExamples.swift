import CoreTestSupport
import Revoada
import Testing

/// The examples of RevoadaCoordination's documentation, line for line; those of its older types are in CoreExamples.
@Suite(.timeLimit(.minutes(10)))
struct CoordinationExamples {
  // MARK: What the examples call

  @Sendable static func simulate(_ part: Int, _ step: Int) async throws {
    try await sleep(for: .milliseconds(part))
  }
  @Sendable static func start(_ part: Int) async throws { try await sleep(for: .milliseconds(part)) }
  @Sendable static func load(_ id: Int) async throws -> String { "user \(id)" }
  @Sendable static func download(_ url: String, _ megabytes: Int) async throws -> Int { megabytes }

  // MARK: The article

  @Test func weights() async throws {
    let (download, files) = (Self.download, [("a", 5), ("b", 80)])
    try await simulated(seeds: 0..<1) {
      let memory = Semaphore(permits: 100)  // megabytes
      try await withScope { scope in
        for (url, size) in files {
          scope.spawn { try await memory.withPermits(size) { _ = try await download(url, size) } }
        }
      }
      #expect(memory.available == 100)
    }
  }

  @Test func waitingForEither() async throws {
    try await simulated(seeds: 0..<1) {
      let (ready, slots) = (CountDownLatch(1), Semaphore(permits: 1))
      try await slots.acquire()
      let answer = try await select {
        Opened(ready) { "everything has started" }
        Acquire(slots) {
          defer { slots.release() }
          return "there is a slot"
        }
        After(.seconds(5)) { "nothing yet" }
      }
      #expect(answer == "nothing yet")
    }
  }

  @Test func aBrokenBarrier() async throws {
    try await simulated(seeds: 0..<1) {
      let phase = Barrier(parties: 2)
      let other = spawn { try await phase.wait() }
      try await settle()
      other.cancel()
      do {
        try await phase.wait()
      } catch let error as BarrierBroken {
        print(error)  // the barrier of 2 parties is broken: one of them was cancelled
        phase.reset()
      }
      #expect(!phase.isBroken)
    }
  }

  @Test func aRefusedUpgrade() async throws {
    let counts = UpgradeableRWLock([String: Int]())
    do {
      try await counts.withUpgradeableReadLock { reader in
        guard reader.value["visits"] == nil else { return }
        try await reader.upgrade { $0["visits"] = 1 }
      }
    } catch is UpgradePending {
      try await counts.withWriteLock { $0["visits", default: 1] += 0 }  // come back as a writer
    }
    #expect(try await counts.withReadLock { $0["visits"] } == 1)
  }

  // MARK: The types

  @Test func barriers() async throws {
    let simulate = Self.simulate
    try await simulated(seeds: 0..<1) {
      let phase = Barrier(parties: 4)
      try await withScope { scope in
        for part in 0..<4 {
          scope.spawn {
            for step in 1...10 {
              try await simulate(part, step)
              try await phase.wait()  // nobody begins the next step before all have ended this one
            }
          }
        }
      }
      #expect(phase.generation == 10)
    }
  }

  @Test func latches() async throws {
    let start = Self.start
    try await simulated(seeds: 0..<1) {
      let ready = CountDownLatch(3)
      for part in 1...3 {
        spawn {
          try await start(part)
          ready.countDown()
        }
      }
      try await ready.wait()
      #expect(ready.count == 0)
    }
  }

  @Test func readWriteLocks() async throws {
    let prices = AsyncRWLock(["tea": 3])
    let price = try await prices.withReadLock { $0["tea"] }
    try await prices.withWriteLock { $0["tea"] = 4 }
    #expect(price == 3)
  }

  @Test func upgrading() async throws {
    let (load, id, users) = (Self.load, 7, UpgradeableRWLock([Int: String]()))
    let user = try await users.withUpgradeableReadLock { reader in
      if let known = reader.value[id] { return known }
      return try await reader.upgrade { users in
        let loaded = try await load(id)
        users[id] = loaded
        return loaded
      }
    }
    #expect(user == "user 7")
  }
}
