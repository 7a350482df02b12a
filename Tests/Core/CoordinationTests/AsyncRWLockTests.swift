import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct AsyncRWLockTests {
  @Test func readersShareAndWritersExclude() async throws {
    try await simulated {
      let lock = AsyncRWLock(0)
      try await withScope { scope in
        for _ in 0..<10 {
          scope.spawn { try await lock.withReadLock { _ in try await sleep(for: .seconds(1)) } }
        }
      }
      #expect(Simulation.elapsed < .seconds(1.001))
      try await withScope { scope in
        for _ in 0..<3 {
          scope.spawn {
            try await lock.withWriteLock { value in
              let before = value
              try await sleep(for: .seconds(1))
              value = before + 1
            }
          }
        }
      }
      #expect(Simulation.elapsed >= .seconds(4))
      #expect(try await lock.withReadLock { $0 } == 3)
    }
  }

  @Test func readersWaitBehindAWaitingWriter() async throws {
    try await simulated {
      let (lock, order) = (AsyncRWLock(0), Recorder<String>())
      let first = spawn { try await lock.withReadLock { _ in try await sleep(for: .seconds(1)) } }
      try await settle()
      let writer = spawn { try await lock.withWriteLock { _ in order.add("writer") } }
      try await settle()
      let reader = spawn { try await lock.withReadLock { _ in order.add("reader") } }
      try await settle()
      #expect(order.values.isEmpty)
      try await first.value
      try await writer.value
      try await reader.value
      #expect(order.values == ["writer", "reader"])
    }
  }

  @Test(arguments: Home.allCases) func aCancelledWriterLetsTheReadersBehindItIn(home: Home) async throws {
    try await simulated {
      let lock = AsyncRWLock(0)
      let holder = spawn { try await lock.withReadLock { _ in try await sleep(for: .seconds(60)) } }
      try await settle()
      let read = AtomicInteger()
      let late = spawn {
        try await sleep(for: .microseconds(50))
        try await lock.withReadLock { _ in _ = read.add(1) }
      }
      let ended = try await home.cancelling { try await lock.withWriteLock { $0 += 1 } }
      #expect(ended.isCancellation)
      try await late.value
      #expect(read.load() == 1)
      #expect(Simulation.elapsed < .seconds(60))
      try await holder.value
    }
  }

  @Test(arguments: [2, 8]) func noWriteIsLost(workers: Int) async throws {
    let total = try await onWorkers(workers) {
      let lock = AsyncRWLock(0)
      try await withScope { scope in
        for _ in 0..<6 {
          scope.spawn {
            for round in 0..<500 {
              if round % 5 == 0 {
                try await lock.withWriteLock { $0 += 1 }
              } else {
                #expect(try await lock.withReadLock { $0 } <= 600)
              }
            }
          }
        }
      }
      return try await lock.withReadLock { $0 }
    }
    #expect(total == 600)
  }

  @Test func plainThreadsTakePartByBlocking() async throws {
    let lock = AsyncRWLock(0)
    async let thread: Int = onThread {
      for _ in 0..<500 { lock.withWriteLockBlocking { $0 += 1 } }
      return lock.withReadLockBlocking { $0 }
    }
    for _ in 0..<500 { try await lock.withWriteLock { $0 += 1 } }
    #expect(await thread >= 500)
    #expect(try await lock.withReadLock { $0 } == 1_000)
  }
}
