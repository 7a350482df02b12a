import Revoada
import RowKit

/// semaphore: one goroutine takes one of ten permits and gives it back, n times.
@Sendable func semaphoreAlone(_ n: Int) async throws {
  let permits = Semaphore(permits: 10)
  for _ in 0..<n {
    try await permits.acquire()
    permits.release()
  }
  try expect("free permits", permits.available, 10)
}

/// semaphore (8 tasks): eight goroutines share n turns of: take one of four permits, count, give it back.
@Sendable func semaphoreShared(_ n: Int) async throws {
  let parties = 8
  let permits = Semaphore(permits: 4)
  let turns = AtomicInteger(0)
  try await together(parties) {
    for _ in 0..<n / parties {
      try await permits.acquire()
      turns.add(1)
      permits.release()
    }
  }
  try expect("turns", turns.load(), n / parties * parties)
}

/// rw lock (95 % reads): eight goroutines share n turns with a number under a read-write lock; every
/// twentieth of each adds one to it, the others read it.
@Sendable func rwLock(_ n: Int) async throws {
  let parties = 8
  let lock = AsyncRWLock(0)
  let readers = AtomicInteger(0)
  try await together(parties) {
    var seen = 0
    for i in 0..<n / parties {
      if i % 20 == 0 {
        try await lock.withWriteLock { $0 += 1 }
      } else {
        seen |= try await lock.withReadLock { $0 }
      }
    }
    if seen >= 0 { readers.add(1) }
  }
  try expect("goroutines", readers.load(), parties)
  try expect("value", try await lock.withReadLock { $0 }, (n / parties + 19) / 20 * parties)
}

/// Runs `body` in `count` goroutines and waits for all of them.
func together(_ count: Int, _ body: @escaping @Sendable () async throws -> Void) async throws {
  let everyone = WaitGroup()
  everyone.add(count)
  for _ in 0..<count {
    spawn {
      defer { everyone.done() }
      try await body()
    }
  }
  try await everyone.wait()
}

/// barrier of 8: eight goroutines meet n times; per meeting.
@Sendable func barrierOfEight(_ n: Int) async throws {
  let parties = 8
  let barrier = Barrier(parties: parties)
  let last = AtomicInteger(0)
  try await together(parties) {
    for _ in 0..<n { if try await barrier.wait() { last.add(1) } }
  }
  try expect("meetings", last.load(), n)
}

/// latch (8 tasks): eight goroutines share n steps of one latch, which the caller waits for; per step.
@Sendable func latchShared(_ n: Int) async throws {
  let parties = 8
  let latch = CountDownLatch(n / parties * parties)
  for _ in 0..<parties {
    spawn { for _ in 0..<n / parties { latch.countDown() } }
  }
  try await latch.wait()
  try expect("steps left", latch.count, 0)
}

/// latch of 8: the caller gives a latch to eight goroutines, each of which counts a step, and waits for it, n times;
/// per latch.
@Sendable func latchOfEight(_ n: Int) async throws {
  let parties = (0..<8).map { _ in Channel<CountDownLatch>(capacity: 1) }
  for party in parties { spawn { for try await latch in party { latch.countDown() } } }
  var opened = 0
  for _ in 0..<n {
    let latch = CountDownLatch(parties.count)
    for party in parties { try await party.send(latch) }
    try await latch.wait()
    if latch.count == 0 { opened += 1 }
  }
  for party in parties { party.close() }
  try expect("latches", opened, n)
}

/// array of latches: the caller makes n latches of eight, a thousand at a time, which eight goroutines count down one
/// after another, and waits for each; per latch. Swift counts the references to each of them meanwhile, on all cores.
@Sendable func arrayOfLatches(_ n: Int) async throws {
  let parties = (0..<8).map { _ in Channel<[CountDownLatch]>(capacity: 1) }
  for party in parties {
    spawn { for try await latches in party { for latch in latches { latch.countDown() } } }
  }
  var opened = 0
  while opened < n {
    let latches = (0..<min(1_000, n - opened)).map { _ in CountDownLatch(parties.count) }
    for party in parties { try await party.send(latches) }
    for latch in latches { try await latch.wait() }
    opened += latches.count
  }
  for party in parties { party.close() }
  try expect("latches", opened, n)
}
