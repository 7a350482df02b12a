import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct DeadlineTests {
  @Test func theEarliestLimitIsInForce() async throws {
    try await simulated {
      #expect(Deadline.current == nil)
      try await withTimeout(.seconds(10)) {
        #expect(Deadline.current?.remaining == .seconds(10))
        try await sleep(for: .seconds(4))
        #expect(Deadline.current.map { $0.remaining <= .seconds(6) } == true)
        try await withTimeout(.seconds(60)) {
          #expect(Deadline.current.map { $0.remaining <= .seconds(6) } == true)
        }
        try await withTimeout(.seconds(1)) { #expect(Deadline.current?.remaining == .seconds(1)) }
        try await spawn { #expect(Deadline.current != nil) }.value
      }
      #expect(Deadline.current == nil)
    }
  }

  @Test func aGoroutineThatOutlivesTheLimitIsFreeOfIt() async throws {
    try await simulated {
      let late = try await withTimeout(.seconds(1)) {
        spawn {
          try await sleep(for: .seconds(5))
          return Deadline.current == nil
        }
      }
      #expect(try await late.value)
    }
  }

  @Test func aContextsDeadlineIsOneToo() async throws {
    try await simulated {
      let context = CancellationContext().child(timeout: .seconds(3))
      try await context.run { #expect(Deadline.current?.remaining == .seconds(3)) }
    }
  }
}
