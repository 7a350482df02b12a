import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ScopeTests {
  private struct Failure: Error, Equatable { let number: Int }

  @Test func nothingOutlivesAScope() async throws {
    try await simulated {
      let ended = AtomicInteger()
      let result = try await withScope { scope in
        for number in 1...10 {
          scope.spawn {
            try await sleep(for: .seconds(number))
            ended.add(1)
          }
        }
        return "body"
      }
      #expect(result == "body")
      #expect(ended.load() == 10)
    }
  }

  @Test func theFirstErrorCancelsTheOthers() async throws {
    try await simulated {
      let cancelled = AtomicInteger()
      await #expect(throws: Failure(number: 1)) {
        try await withScope { scope in
          for _ in 0..<5 {
            scope.spawn {
              do { try await sleep(for: .seconds(100)) } catch {
                cancelled.add(1)
                throw error
              }
            }
          }
          scope.spawn {
            try await sleep(for: .seconds(1))
            throw Failure(number: 1)
          }
        }
      }
      #expect(cancelled.load() == 5)
      #expect(Simulation.elapsed < .seconds(2))
    }
  }

  @Test func allErrorsAreKeptTheFirstOneFirst() async throws {
    try await simulated {
      let errors = await #expect(throws: ScopeErrors.self) {
        try await withScope { scope in
          for number in 1...3 {
            scope.spawn {
              try? await sleep(for: .seconds(number))
              throw Failure(number: number)
            }
          }
        }
      }
      let numbers = try #require(errors).errors.compactMap { ($0 as? Failure)?.number }
      #expect(numbers.first == 1)
      #expect(numbers.sorted() == [1, 2, 3])
    }
  }

  @Test func atMostLimitManyWorkAtOnce() async throws {
    try await simulated {
      let (inside, most) = (AtomicInteger(), AtomicInteger())
      try await withScope(limit: 3) { scope in
        for _ in 0..<12 {
          scope.spawn {
            most.store(max(most.load(), inside.add(1)))
            try await sleep(for: .seconds(1))
            inside.add(-1)
          }
        }
      }
      #expect(most.load() == 3)
      #expect(Simulation.elapsed >= .seconds(4) && Simulation.elapsed < .seconds(4.01))
    }
  }

  @Test(arguments: Home.allCases) func cancellingTheCallerCancelsTheScope(home: Home) async throws {
    try await simulated {
      let cancelled = AtomicInteger()
      let ended = try await home.cancelling {
        try await withScope { scope in
          for _ in 0..<3 {
            scope.spawn {
              do { try await sleep(for: .seconds(100)) } catch {
                cancelled.add(1)
                throw error
              }
            }
          }
        }
      }
      #expect(ended.isCancellation)
      #expect(cancelled.load() == 3)
    }
  }

  @Test func anErrorOfTheBodyCancelsToo() async throws {
    try await simulated {
      await #expect(throws: Failure(number: 9)) {
        try await withScope { scope in
          scope.spawn { try await sleep(for: .seconds(100)) }
          throw Failure(number: 9)
        }
      }
      #expect(Simulation.elapsed < .seconds(1))
    }
  }
}
