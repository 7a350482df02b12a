import Revoada

/// Four simulated reactors advance in step: a latch starts them, a barrier ends each step, a semaphore shares the power, and a
/// read-write lock keeps the table of results.
@main
struct Laboratory {
  static func main() async throws {
    Scheduler.installGlobally(workers: 2)
    try await spawn { try await experiment(reactors: 4, steps: 5) }.value
  }

  static func experiment(reactors: Int, steps: Int) async throws {
    let ready = CountDownLatch(reactors)
    let results = UpgradeableRWLock([Int: Int]())
    let power = Semaphore(permits: 10)  // kilowatts
    let step = AtomicInteger(0)
    let together = Barrier(parties: reactors) { print("step \(step.add(1)) has ended") }

    try await withScope { scope in
      for reactor in 1...reactors {
        scope.spawn {
          ready.countDown()
          try await ready.wait()
          for _ in 0..<steps {
            try await power.withPermits(reactor * 2) { try await sleep(for: .milliseconds(5)) }
            try await note(reactor, in: results)
            try await together.wait()
          }
        }
      }
    }
    print("measurements:", try await results.withReadLock { $0.sorted { $0.key < $1.key }.map(\.value) })
  }

  /// Counts a measurement. Most find their row in the table; those who must add one become writers.
  static func note(_ reactor: Int, in results: UpgradeableRWLock<[Int: Int]>) async throws {
    do {
      try await results.withUpgradeableReadLock { reader in
        let before = reader.value[reactor] ?? 0
        try await reader.upgrade { $0[reactor] = before + 1 }
      }
    } catch is UpgradePending {
      try await results.withWriteLock { $0[reactor, default: 0] += 1 }
    }
  }
}
