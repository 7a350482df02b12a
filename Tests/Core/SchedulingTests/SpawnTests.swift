import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct SpawnTests {
  private struct Failure: Error, Equatable { let number: Int }
  @TaskLocal private static var request = "none"

  @Test func manyMayAwaitTheValueManyTimes() async throws {
    try await simulated {
      let goroutine = spawn {
        try await sleep(for: .seconds(1)); return 42
      }
      let waiters = (0..<10).map { _ in spawn { try await goroutine.value + goroutine.value } }
      for waiter in waiters {
        let sum = try await waiter.value
        #expect(sum == 84)
      }
    }
  }

  @Test func theErrorReachesWhoAwaitsIt() async throws {
    let goroutine = spawn { throw Failure(number: 3) }
    await #expect(throws: Failure(number: 3)) { try await goroutine.value }
    guard case .failure(let error as Failure) = await goroutine.result else {
      return #expect(Bool(false), "it failed")
    }
    #expect(error == Failure(number: 3))
  }

  @Test func identitiesAreUniqueAndNamesAreKept() async {
    let goroutines = (0..<100).map { spawn(name: "number \($0)") {} }
    #expect(Set(goroutines.map(\.id)).count == 100)
    #expect(goroutines[7].name == "number 7")
    for goroutine in goroutines { _ = await goroutine.result }
  }

  @Test func taskLocalsTravel() async throws {
    try await Self.$request.withValue("r-17") {
      let nested = spawn { try await spawn { Self.request }.value }
      let seen = try await nested.value
      #expect(seen == "r-17")
    }
    #expect(try await spawn { Self.request }.value == "none")
  }

  @Test func cancellingReachesPresentAndLaterWaits() async throws {
    try await simulated {
      let (never, count) = (Channel<Int>(), AtomicInteger())
      let goroutine = spawn {
        for _ in 0..<3 { do { _ = try await never.receive() } catch is CancellationError { count.add(1) } }
        #expect(Task.isCancelled)
        return count.load()
      }
      try await settle()
      goroutine.cancel()
      goroutine.cancel()
      #expect(try await goroutine.value == 3)
    }
  }

  @Test func cancellingBeforeTheStartDoesNotStopTheBodyFromRunning() async throws {
    try await simulated {
      let goroutine = spawn { Task.isCancelled }
      goroutine.cancel()
      let wasCancelled = try await goroutine.value
      #expect(wasCancelled)
    }
  }

  @Test(arguments: [2, 8]) func aGoroutineMayBeCancelledWhileItStarts(workers: Int) async throws {
    try await onWorkers(workers) {
      let never = Channel<Int>()
      for _ in 0..<5_000 {
        let goroutine = spawn { try await never.receive() }
        goroutine.cancel()
        let ended = await goroutine.result
        #expect(ended.isCancellation)
      }
    }
  }

  @Test(arguments: [1, 2, 8]) func tenThousandGoroutinesEnd(workers: Int) async throws {
    let sum = try await onWorkers(workers) {
      let goroutines = (0..<10_000).map { number in spawn { number } }
      var sum = 0
      for goroutine in goroutines { sum += try await goroutine.value }
      return sum
    }
    #expect(sum == 9_999 * 10_000 / 2)
  }
}
