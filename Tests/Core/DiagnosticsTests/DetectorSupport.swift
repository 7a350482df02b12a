import CoreTestSupport
import Revoada
import Testing

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

/// Goroutines that lock `locks[i]` and, a little later, the next one; all of them wait in the end.
func lockInCircle(_ locks: [AsyncMutex<Int>]) -> [Goroutine<Void>] {
  locks.indices.map { index in
    spawn(name: "g\(index)") {
      try await locks[index].withLock { _ in
        try await sleep(for: .milliseconds(5))
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
