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

/// single flight: 10,000 goroutines ask a cache for one key after another, n times altogether; each key is
/// loaded once, and that load ends when all of them have asked for it.
@Sendable func singleFlight(_ n: Int) async throws {
  let callers = 10_000
  let keys = n / callers
  let gates = (0..<keys).map { _ in Channel<Int>() }
  let asked = AtomicInteger(0)
  let loads = AtomicInteger(0)
  let sum = AtomicInteger(0)
  let cache = CoalescingCache<Int, Int>(ttl: .seconds(600), maxEntries: 10_000) { key in
    loads.add(1)
    _ = try await gates[key].receive()
    return key
  }
  let ended = WaitGroup()
  ended.add(callers)
  for _ in 0..<callers {
    spawn {
      var own = 0
      for key in 0..<keys {
        if asked.add(1) == (key + 1) * callers { gates[key].close() }
        own += try await cache.get(key)
      }
      sum.add(own)
      ended.done()
    }
  }
  try await ended.wait()
  try expect("loads", loads.load(), keys)
  try expect("sum of values", sum.load(), callers * (keys * (keys - 1) / 2))
}
