import Foundation
import Revoada
import Testing

/// In a process of its own, since other tests work meanwhile.
@Suite(.timeLimit(.minutes(10)))
struct IdleTests {
  @Test func anIdleSchedulerUsesNoProcessorTime() async {
    await #expect(processExitsWith: .success) {
      Scheduler.installGlobally(workers: 2)
      let never = Channel<Int>()
      for _ in 0..<1_000 { spawn { try await never.receive() } }
      for _ in 0..<1_000 { spawn { try await sleep(for: .seconds(3_600)) } }
      // Real time: that nothing runs while it passes is what is tested.
      try await sleep(for: .milliseconds(50))
      let before = clock()
      try await sleep(for: .milliseconds(200))
      let used = Double(clock() - before) / Double(CLOCKS_PER_SEC)
      precondition(used < 0.02, "an idle process used \(used) s of 0.2 s")
    }
  }
}
