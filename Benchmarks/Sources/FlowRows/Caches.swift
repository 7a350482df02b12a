import Revoada
import RowKit

/// cache hit (8 readers): eight goroutines read n times altogether from a cache of 1,024 entries, none of
/// which has expired.
@Sendable func cacheHit(_ n: Int) async throws {
  let parties = 8
  let entries = 1024
  let cache = CoalescingCache<Int, Int>(ttl: .seconds(600), maxEntries: 10_000) { $0 }
  for key in 0..<entries { _ = try await cache.get(key) }
  let sum = AtomicInteger(0)
  let readers = WaitGroup()
  readers.add(parties)
  for _ in 0..<parties {
    spawn {
      var own = 0
      for i in 0..<n / parties { own += try await cache.get(i & (entries - 1)) }
      sum.add(own)
      readers.done()
    }
  }
  try await readers.wait()
  let each = (0..<n / parties).reduce(0) { $0 + $1 & (entries - 1) }
  try expect("sum of values", sum.load(), parties * each)
}

/// single flight: 10,000 goroutines at a time ask a cache for one key that it does not have; the one load
/// ends when all of them have come. Per caller, with its spawn.
@Sendable func singleFlight(_ n: Int) async throws {
  let callers = 10_000
  for _ in 0..<n / callers { try await oneFlight(callers) }
}

private func oneFlight(_ callers: Int) async throws {
  let gate = Channel<Int>()
  let loads = AtomicInteger(0)
  let sum = AtomicInteger(0)
  let cache = CoalescingCache<Int, Int>(ttl: .seconds(600), maxEntries: 10_000) { key in
    loads.add(1)
    _ = try await gate.receive()
    return 2 * key
  }
  let started = WaitGroup()
  let ended = WaitGroup()
  started.add(callers)
  ended.add(callers)
  for _ in 0..<callers {
    spawn {
      started.done()
      sum.add(try await cache.get(21))
      ended.done()
    }
  }
  try await started.wait()
  gate.close()
  try await ended.wait()
  try expect("loads", loads.load(), 1)
  try expect("sum of values", sum.load(), 42 * callers)
}
