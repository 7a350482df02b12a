import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct WaitGroupTests {
  @Test func waitingEndsWithTheLastDone() async throws {
    try await simulated {
      let group = WaitGroup()
      group.add(3)
      let waiters = (0..<4).map { _ in spawn { try await group.wait() } }
      for left in [2, 1, 0] {
        try await sleep(for: .seconds(1))
        #expect(group.count == left + 1)
        group.done()
      }
      for waiter in waiters { try await waiter.value }
      #expect(Simulation.elapsed < .seconds(3.001))
    }
  }

  @Test func anEmptyGroupNeedsNoWaiting() async throws {
    let group = WaitGroup()
    try await group.wait()
    group.add(2)
    group.add(-2)
    try await group.wait()
    #expect(group.count == 0)
  }

  @Test(arguments: [2, 8]) func allWorkIsDoneWhenWaitReturns(workers: Int) async throws {
    try await onWorkers(workers) {
      for _ in 0..<50 {
        let (group, done) = (WaitGroup(), AtomicInteger())
        group.add(100)
        for _ in 0..<100 {
          spawn {
            done.add(1)
            group.done()
          }
        }
        try await group.wait()
        #expect(done.load() == 100)
      }
    }
  }
}
