import CoreMetrics
import CoreTestSupport
import MetricsTestKit
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct DetectorLifeTests {
  @Test func settingsThatMakeNoSenseAreErrorsOfTheStart() {
    for interval in [Duration.zero, .milliseconds(-1)] {
      let detector = DeadlockDetector(checkInterval: interval, timeout: .zero)
      let error = #expect(throws: InvalidSetting.self) { try detector.start() }
      #expect(error?.setting == "checkInterval")
    }
    let detector = DeadlockDetector(timeout: .seconds(-1))
    #expect(throws: InvalidSetting.self) { try detector.validate() }
    #expect(DeadlockDetector(timeout: .seconds(Int64.max)).check().isEmpty)
  }

  @Test func itCanBeStartedTwiceStoppedTwiceAndStartedAgain() async throws {
    try await watched {
      let detector = DeadlockDetector(checkInterval: .milliseconds(10), timeout: .milliseconds(40))
      let found = Recorder<DeadlockReport>()
      try detector.start()
      try detector.start()
      detector.stop()
      detector.stop()
      let goroutines = lockInCircle([AsyncMutex(0), AsyncMutex(0)])
      try await waitForReports()
      try detector.start()
      // After the start, as well.
      detector.onDeadlock { found.add($0) }
      try await waitForReports()
      #expect(found.values.count == 1)
      detector.stop()
      await goroutines.cancelAll()
    }
  }

  @Test func aHandlerMayStopItAndUseIt() async throws {
    try await watched {
      let detector = DeadlockDetector(checkInterval: .milliseconds(10), timeout: .milliseconds(40))
      let calls = AtomicInteger()
      detector.onDeadlock { [weak detector] _ in
        calls.add(1)
        detector?.check()
        detector?.onDeadlock { _ in }
        detector?.stop()
      }
      try detector.start()
      let goroutines = lockInCircle([AsyncMutex(0), AsyncMutex(0)])
      try await waitForReports()
      #expect(calls.load() == 1)
      await goroutines.cancelAll()
    }
  }

  @Test func aDetectorThatIsReleasedEnds() async throws {
    try await watched {
      try await withLeakCheck {
        let detector = DeadlockDetector(checkInterval: .milliseconds(10))
        try detector.start()
        try await sleep(for: .milliseconds(25))
      }
    }
  }

  @Test func deadlocksAreCounted() async throws {
    let metrics = TestMetrics()
    try await watched(seeds: 0..<1) {
      let detector = withMetricsFactory(metrics) {
        DeadlockDetector(checkInterval: .milliseconds(10), timeout: .milliseconds(40))
      }
      try detector.start()
      let goroutines = lockInCircle([AsyncMutex(0), AsyncMutex(0)])
      try await waitForReports()
      detector.stop()
      await goroutines.cancelAll()
    }
    let counter = try metrics.expectCounter("revoada_deadlock_detector_deadlocks")
    #expect(counter.totalValue == 1)
  }

  /// A waiter of another kind, in a circle with a goroutine.
  private final class Interpreter: WaitSource {
    let goroutine: UInt64
    init(waitingFor goroutine: UInt64) { self.goroutine = goroutine }

    func snapshots() -> [WaitSnapshot] {
      let device = WaitObject("waits for device", name: "printer", identity: 1)
      return [
        WaitSnapshot(
          id: WaiterID(source: 1, number: 7), name: "report", place: "waiting at report.lua:3",
          cases: [WaitCase(device, endedBy: .holders([.goroutine(goroutine)]))],
          wait: 1)
      ]
    }
  }

  @Test func waitersOfASourceArePartOfTheGraph() async throws {
    try await watched {
      // A cycle of goroutines, on one of which the interpreter waits.
      let goroutines = lockInCircle([AsyncMutex(0), AsyncMutex(0)])
      let interpreter = Interpreter(waitingFor: goroutines[0].id)
      let found = try await reports(sources: [interpreter]) {
        try await waitForReports()
      }
      #expect(found.map(\.stuckCount) == [3])
      #expect(found.first?.stuck.contains { $0.description.contains("report.lua:3") } == true)
      await goroutines.cancelAll()
    }
  }

  @Test func aWaiterThatGoesOnIsNotStuck() async throws {
    try await watched {
      let goroutine = spawn { try await sleep(for: .seconds(1)) }
      let interpreter = Interpreter(waitingFor: goroutine.id)
      let found = try await reports(sources: [interpreter]) { try await waitForReports() }
      #expect(found.isEmpty)
      await [goroutine].cancelAll()
    }
  }
}
