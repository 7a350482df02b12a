import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct OnceTests {
  @Test(arguments: [2, 8]) func theActionRunsOnceAndAllWaitForIt(workers: Int) async throws {
    try await onWorkers(workers) {
      for _ in 0..<50 {
        let (once, runs, finished) = (Once(), AtomicInteger(), AtomicInteger())
        try await withScope { scope in
          for _ in 0..<20 {
            scope.spawn {
              try await once.call {
                runs.add(1)
                await Task.yield()
                finished.store(1)
              }
              #expect(finished.load() == 1)
            }
          }
        }
        #expect(runs.load() == 1)
        #expect(once.isDone)
      }
    }
  }

  @Test func anActionThatThrowsHasRun() async throws {
    struct Failure: Error {}
    let once = Once()
    await #expect(throws: Failure.self) { try await once.call { throw Failure() } }
    try await once.call { Issue.record("it ran again") }
    #expect(once.isDone)
  }

  @Test(arguments: Home.allCases) func aCancelledWaiterDoesNotDisturbTheAction(home: Home) async throws {
    try await simulated {
      let once = Once()
      let runner = spawn { try await once.call { try await sleep(for: .seconds(1)) } }
      try await settle()
      let ended = try await home.cancelling { try await once.call {} }
      #expect(ended.isCancellation)
      #expect(!once.isDone)
      try await runner.value
      #expect(once.isDone)
    }
  }

  @Test func plainThreadsTakePartByBlocking() async {
    let (once, runs) = (Once(), AtomicInteger())
    async let one: Void = onThread { once.callBlocking { runs.add(1) } }
    async let other: Void = onThread { once.callBlocking { runs.add(1) } }
    _ = await (one, other)
    #expect(runs.load() == 1)
  }
}
