import CoreTestSupport
import Revoada
import Testing

/// Systems that get on, however slowly, are never reported; ones that do not, always.
@Suite(.timeLimit(.minutes(10)))
struct NoFalseAlarmTests {
  /// Locks taken in the order of their numbers, permits, nested goroutines, channels and pauses: everything ends.
  @Sendable private func live(seed: UInt64, workers: Int, rounds: Int) async throws {
    let locks = (0..<4).map { AsyncMutex(0, name: "lock \($0)") }
    let shared = AsyncRWLock(0, name: "shared")
    let permits = Semaphore(permits: 2, name: "permits")
    let channel = Channel<Int>(capacity: 1, name: "numbers")
    try await withScope { scope in
      for worker in 0..<workers {
        scope.spawn(name: "worker \(worker)") {
          var random = SeededGenerator(seed: seed &* 31 &+ UInt64(worker))
          for _ in 0..<rounds {
            let pause = Duration.milliseconds(Int.random(in: 0..<60, using: &random))
            let first = Int.random(in: 0..<3, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
              try await locks[first].withLock { _ in
                try await sleep(for: pause)
                try await locks[first + 1].withLock { $0 += 1 }
              }
            case 1:
              try await permits.withPermits {
                try await sleep(for: pause)
                try await shared.withReadLock { _ in }
              }
            case 2: try await shared.withWriteLock { $0 += 1 }
            case 3:
              try await locks[first].withLock { _ in
                try await spawn { try await shared.withReadLock { _ in try await sleep(for: pause) } }.value
              }
            default:
              try await select {
                Send(worker, to: channel) {}
                Receive(channel) { _ in }
                Locked(locks[3]) { $0 += 1 }
                After(pause) {}
              }
            }
          }
        }
      }
    }
  }

  @Test func aSlowButLiveSystemIsNoAlarm() async throws {
    for seed in 0..<60 as Range<UInt64> {
      try await Simulation(seed: seed).run {
        let found = try await reports { try await live(seed: seed, workers: 12, rounds: 8) }
        #expect(found.isEmpty, "seed \(seed)")
      }
    }
  }

  @Test(arguments: [2, 8]) func norOnRealWorkers(workers: Int) async throws {
    try await onWorkers(workers) {
      let detector = DeadlockDetector(checkInterval: .microseconds(200), timeout: .zero)
      let found = Recorder<DeadlockReport>()
      detector.onDeadlock { found.add($0) }
      try detector.start()
      for seed in 0..<3 as Range<UInt64> { try await live(seed: seed, workers: 8, rounds: 3) }
      detector.stop()
      let ours = found.values.filter { $0.stuck.contains { $0.place.contains("NoFalseAlarmTests") } }
      #expect(ours.isEmpty)
    }
  }

  /// The same with one pair that takes its locks in the wrong order.
  @Test func theOneCycleInABusySystemIsFound() async throws {
    try await watched(seeds: 0..<20) {
      let locks = [AsyncMutex(0, name: "left"), AsyncMutex(0, name: "right")]
      var goroutines: [Goroutine<Void>] = []
      let found = try await reports {
        goroutines = lockInCircle(locks)
        try await live(seed: 5, workers: 8, rounds: 10)
      }
      #expect(found.map(\.stuckCount) == [2])
      await goroutines.cancelAll()
    }
  }

  /// Looking at goroutines while they wait, are served and are cancelled must disturb nobody.
  @Test(arguments: [2, 8]) func lookingDisturbsNobody(workers: Int) async throws {
    try await onWorkers(workers) {
      let registry = WaitRegistry()
      let isDone = AtomicInteger()
      let looking = spawn {
        var looks = 0
        while isDone.load() == 0 {
          looks += registry.graph().waiters.isEmpty ? 0 : 1
          await Task.yield()
        }
        return looks
      }
      let lock = AsyncMutex(0)
      let channel = Channel<Int>()
      let received = AtomicInteger()
      let sent = AtomicInteger()
      try await withScope { scope in
        for part in 0..<4 {
          scope.spawn {
            for number in 0..<300 {
              let sender = spawn {
                try await channel.send(number)
                sent.add(1)
              }
              let receiver = spawn {
                try await select {
                  Receive(channel) { _ = received.add($0 == nil ? 0 : 1) }
                  After(.seconds(100)) {}
                }
              }
              let locker = spawn { try await lock.withLock { $0 += 1 } }
              if number % 3 == part % 3 { sender.cancel() }
              if number % 5 == 0 { receiver.cancel() }
              _ = await locker.result
              if number % 7 == 0 { locker.cancel() }
            }
          }
        }
      }
      channel.close()
      isDone.store(1)
      let looks = try await looking.value
      #expect(looks > 0)
      let count = try await lock.withLock { $0 }
      #expect(count == 1_200)
      while sent.load() != received.load() { await Task.yield() }
    }
  }
}
