import AsyncAlgorithms
import RowKit
import Synchronization

/// Tasks that have announced themselves, and tasks that were released.
private final class Census: Sendable {
  let started = Atomic(0)
  let released = Atomic(0)
}

/// Parks n tasks in the iteration of one `AsyncChannel`, calls `body` once all have announced
/// themselves, then releases them by finishing the channel and joins them.
private func withParked(_ n: Int, _ body: () async throws -> Void) async throws {
  let gate = AsyncChannel<Int>()
  let census = Census()
  try await withThrowingDiscardingTaskGroup { group in
    for _ in 0..<n {
      group.addTask {
        census.started.add(1, ordering: .relaxed)
        for await _ in gate {}
        census.released.add(1, ordering: .relaxed)
      }
    }
    while census.started.load(ordering: .relaxed) < n { try await Task.sleep(for: .milliseconds(1)) }
    try await body()
    gate.finish()
  }
  try expect("tasks released", census.released.load(ordering: .relaxed), n)
}

/// one million parked: spawn n tasks that park in a receive, then release and join them.
@Sendable func parkAndRelease(_ n: Int) async throws {
  try await withParked(n) {}
}

/// bytes per parked goroutine: resident memory of n tasks parked in a receive, divided by n.
@Sendable func bytesPerParked(_ n: Int) async throws -> Double {
  try await withParked(16) {}
  let before = try residentBytes()
  let after = Mutex(0)
  try await withParked(n) {
    // The last ones have announced themselves but may still be on their way into the receive.
    try await Task.sleep(for: .milliseconds(50))
    let reading = try residentBytes()
    after.withLock { $0 = reading }
  }
  return Double(after.withLock { $0 } - before) / Double(n)
}
