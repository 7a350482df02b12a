import CoreTestSupport
import Revoada
import Testing

/// Many tasks, cancelled at random moments: what they held or carried is accounted for.
@Suite(.timeLimit(.minutes(1)))
struct CancelStormTests {
  /// Starts `count` goroutines and plain tasks in turn, cancels about half of them, waits for all.
  private static func storm(
    _ count: Int, seed: UInt64, _ body: @escaping @Sendable (Int) async throws -> Void
  ) async {
    var generator = SeededGenerator(seed: seed)
    var waits: [@Sendable () async -> Void] = []
    var cancels: [@Sendable () -> Void] = []
    for index in 0..<count {
      if index % 2 == 0 {
        let goroutine = spawn { try await body(index) }
        cancels.append { goroutine.cancel() }
        waits.append { _ = await goroutine.result }
      } else {
        let task = Task { try await body(index) }
        cancels.append { task.cancel() }
        waits.append { _ = await task.result }
      }
      if Int.random(in: 0..<4, using: &generator) == 0 { await Task.yield() }
      if Int.random(in: 0..<2, using: &generator) == 0 {
        cancels[Int.random(in: 0..<cancels.count, using: &generator)]()
      }
    }
    for wait in waits { await wait() }
  }

  @Test(arguments: [2, 8], [UInt64(1), 2, 3]) func noPermitIsLost(workers: Int, seed: UInt64) async throws {
    let (permits, out) = (Semaphore(permits: 3), AtomicInteger())
    try await onWorkers(workers) {
      await Self.storm(1_000, seed: seed) { index in
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
      await Self.storm(1_000, seed: seed) { index in
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

  @Test(arguments: [2, 8], [0, 3]) func noElementIsLostOrDoubled(workers: Int, capacity: Int) async throws {
    let delivered = Recorder<Int>()
    let undelivered = Recorder<Int>()
    let channel = Channel<Int>(capacity: capacity) { element, _ in undelivered.add(element) }
    let started = Recorder<Int>()
    try await onWorkers(workers) {
      let receiver = spawn { for try await element in channel { delivered.add(element) } }
      await Self.storm(1_000, seed: UInt64(capacity)) { index in
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
      await Self.storm(1_000, seed: 9) { index in
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
