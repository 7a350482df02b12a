import Revoada
import RowKit

/// Goroutines parked in a receive on one channel.
private struct Parked {
  let count: Int
  let gate = Channel<Int>()
  let ended = WaitGroup()
  let woken = AtomicInteger(0)

  /// Spawns `count` goroutines that each announce themselves and then park; returns once all of
  /// them have announced.
  init(_ count: Int) async throws {
    self.count = count
    let started = WaitGroup()
    started.add(count)
    ended.add(count)
    for _ in 0..<count {
      spawn { [gate, ended, woken] in
        started.done()
        if try await gate.receive() == nil { woken.add(1) }
        ended.done()
      }
    }
    try await started.wait()
  }

  /// Closes the channel and joins the goroutines.
  func release() async throws {
    gate.close()
    try await ended.wait()
    try expect("goroutines released", woken.load(), count)
  }
}

/// one million parked: spawn n goroutines that park in a receive, then release them all by closing
/// the channel, and join them; per goroutine.
@Sendable func parkAndRelease(_ n: Int) async throws {
  try await Parked(n).release()
}

/// bytes per parked goroutine: resident memory of n goroutines parked in a receive, divided by n.
@Sendable func bytesPerParked(_ n: Int) async throws -> Double {
  try await Parked(16).release()
  let before = try residentBytes()
  let parked = try await Parked(n)
  // The last ones have announced themselves but may still be on their way into the receive.
  try await sleep(for: .milliseconds(50))
  let after = try residentBytes()
  try await parked.release()
  return Double(after - before) / Double(n)
}
