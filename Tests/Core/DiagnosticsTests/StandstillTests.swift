import CoreTestSupport
import Foundation
import Revoada
import RevoadaScheduling
import Testing

/// A global stall on real workers is found when the last of them runs out of work. Each in a process of its own: what other tests run
/// would be a hope.
@Suite(.timeLimit(.minutes(10)))
struct StandstillTests {
  @Test func isFoundAtOnce() async {
    await #expect(processExitsWith: .success) {
      let found = try await StandstillTests.firstReport(workers: 2) {
        let (jobs, latch) = (Channel<Int>(name: "jobs"), CountDownLatch(1, name: "done"))
        spawn(name: "receiver") {
          _ = try await jobs.receive()
          latch.countDown()
        }
        spawn(name: "waiter") { try await latch.wait() }
      }
      precondition(found.kind == .globalStall)
      precondition(found.stuckCount == 2)
      precondition(found.blockedChannels == ["jobs"])
      precondition(found.description.contains("waits for latch \"done\""))
    }
  }

  @Test func oneWorkerIsEnough() async {
    await #expect(processExitsWith: .success) {
      let found = try await StandstillTests.firstReport(workers: 1) {
        let lock = AsyncMutex(0, name: "lock")
        spawn { try await lock.withLock { _ in try await lock.withLock { $0 += 1 } } }
      }
      precondition(found.description.contains("waits for lock \"lock\""))
    }
  }

  /// Workers run out of work again and again while a timer, in the end, makes everybody go on.
  @Test func aTimerIsAHope() async {
    await #expect(processExitsWith: .success) {
      let found = try await StandstillTests.firstReport(workers: 2) {
        let (there, back) = (Channel<Int>(), Channel<Int>(name: "back"))
        spawn(name: "asking") {
          for number in 0..<50 {
            // By a timer that is no goroutine's, and by a sleep.
            if number % 2 == 0 {
              Timers.current.schedule(after: 1_000_000) { _ = there.trySend(number) }
            } else {
              try await sleep(for: .milliseconds(1))
              try await there.send(number)
            }
            _ = try await back.receive()
          }
          _ = try await Channel<Int>(name: "the end").receive()
        }
        spawn(name: "answering") { for try await number in there { try await back.send(number) } }
      }
      precondition(found.stuckCount == 2)
      precondition(found.blockedChannels.contains("the end"))
    }
  }

  /// The first thing that a detector reports that looks, by itself, once in an hour.
  private static func firstReport(
    workers: Int, _ body: @escaping @Sendable () -> Void
  ) async throws -> DeadlockReport {
    Scheduler.installGlobally(workers: workers)
    let detector = DeadlockDetector(checkInterval: .seconds(3600), detectsGlobalStalls: true)
    let first = Channel<DeadlockReport>(capacity: 1)
    detector.onDeadlock { _ = first.trySend($0) }
    try detector.start()
    spawn { body() }
    // A net, on a thread: a timer would be a hope.
    startThread {
      _ = sleep(30)
      fatalError("no report")
    }
    guard let report = try await first.receive() else { fatalError("closed") }
    withExtendedLifetime(detector) {}
    return report
  }
}
