import CoreTestSupport
import Revoada
import Testing

/// Runs `body` once for each of some schedules, watched from the beginning: locks that are made before a detector starts note
/// their holders, too.
func watched(
  seeds: Range<UInt64> = 0..<8, _ body: @escaping @Sendable () async throws -> Void
) async throws {
  let registry = WaitRegistry()
  try await simulated(seeds: seeds, body)
  withExtendedLifetime(registry) {}
}

/// What a detector reports while `body` runs; looks every 10 ms, reports what is stuck for 40 ms.
func reports(
  detectingGlobalStalls: Bool = false, sources: [any WaitSource] = [],
  _ body: () async throws -> Void
) async throws -> [DeadlockReport] {
  let detector = DeadlockDetector(
    checkInterval: .milliseconds(10), timeout: .milliseconds(40), detectsGlobalStalls: detectingGlobalStalls,
    sources: sources)
  let found = Recorder<DeadlockReport>()
  detector.onDeadlock { found.add($0) }
  try detector.start()
  defer { detector.stop() }
  try await body()
  return found.values
}

/// Long enough for a detector of ``reports(detectingGlobalStalls:sources:_:)`` to be certain.
func waitForReports() async throws { try await sleep(for: .milliseconds(200)) }

/// Goroutines that lock `locks[i]` and, once all have theirs, the next one; all of them wait in the end.
func lockInCircle(_ locks: [AsyncMutex<Int>]) -> [Goroutine<Void>] {
  let haveTheirs = CountDownLatch(locks.count)
  return locks.indices.map { index in
    spawn(name: "g\(index)") {
      try await locks[index].withLock { _ in
        haveTheirs.countDown()
        try await haveTheirs.wait()
        try await locks[(index + 1) % locks.count].withLock { $0 += 1 }
      }
    }
  }
}

extension Sequence<Goroutine<Void>> {
  /// Cancels all and waits for their ends.
  func cancelAll() async {
    for goroutine in self { goroutine.cancel() }
    for goroutine in self { _ = await goroutine.result }
  }
}
