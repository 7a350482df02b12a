import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct SelectCancellationTests {
  @Test(arguments: Home.allCases) func aCancelledSelectLeavesNothingBehind(home: Home) async throws {
    try await simulated {
      let (a, b) = (Channel<Int>(), Channel<Int>())
      let ended = try await home.cancelling {
        try await select {
          Receive(a) { _ in "received" }
          Send(1, to: b) { "sent" }
          After(.seconds(1)) { "late" }
        }
      }
      #expect(ended.isCancellation)
      guard case .full = a.trySend(0) else { return #expect(Bool(false), "a receiver was left") }
      guard case .empty = b.tryReceive() else { return #expect(Bool(false), "a sender was left") }
    }
  }

  @Test(arguments: Home.allCases) func aSelectThatWasServedFirstKeepsItsElement(home: Home) async throws {
    try await simulated {
      let (a, b) = (Channel<Int>(), Channel<Int>())
      let ended = try await home.cancelling(after: { _ = a.trySend(5) }) {
        try await select {
          Receive(a) { $0 }
          Receive(b) { $0 }
        }
      }
      #expect(try ended.get() == 5)
    }
  }

  @Test(arguments: Home.allCases) func aReadyCaseCommitsInACancelledTask(home: Home) async throws {
    try await simulated {
      let (ready, never) = (Channel<Int>(capacity: 1), Channel<Int>())
      try await ready.send(3)
      let ended = try await home.cancelling {
        _ = try? await never.receive()
        return try await select {
          Receive(ready) { $0 }
          Receive(never) { $0 }
        }
      }
      #expect(try ended.get() == 3)
    }
  }

  @Test(arguments: Home.allCases) func aSelectOfACancelledTaskDoesNotWait(home: Home) async throws {
    try await simulated {
      let never = Channel<Int>()
      let ended = try await home.cancelling {
        _ = try? await never.receive()
        return try await select { Receive(never) { $0 } }
      }
      #expect(ended.isCancellation)
    }
  }

  @Test(arguments: Home.allCases) func aSelectWithoutCasesWaitsForItsCancellation(home: Home) async throws {
    try await simulated {
      let ended = try await home.cancelling { try await select { for _ in 0..<0 { Default { 1 } } } }
      #expect(ended.isCancellation)
    }
  }

  @Test(arguments: [2, 8]) func noCancellationIsLostWhileASelectBegins(workers: Int) async throws {
    try await onWorkers(workers) {
      let (a, b) = (Channel<Int>(), Channel<Int>())
      for _ in 0..<3_000 {
        let selecting = spawn {
          try await select {
            Receive(a) { $0 }
            Receive(b) { $0 }
          }
        }
        await Task.yield()
        selecting.cancel()
        let ended = await selecting.result
        #expect(ended.isCancellation)
      }
    }
  }
}
