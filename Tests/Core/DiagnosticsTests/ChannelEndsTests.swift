import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ChannelEndsTests {
  @Test func aReceiverWhoseOnlySenderHasEndedIsAbandoned() async throws {
    try await simulated {
      let jobs = Channel<Int>(name: "jobs")
      var receiver: Goroutine<Void>?
      let found = try await reports {
        let sender = spawn(name: "sender") { try await jobs.send(1) }
        jobs.onlySenders([sender])
        receiver = spawn(name: "receiver") { for try await _ in jobs {} }
        try await waitForReports()
      }
      #expect(found.map(\.kind) == [.abandoned])
      #expect(found.first?.stuckCount == 1)
      #expect(found.first?.blockedChannels == ["jobs"])
      #expect(found.first?.cycle.first?.contains("waits to receive from channel \"jobs\"") == true)
      await [receiver!].cancelAll()
    }
  }

  @Test func aSenderWhoseOnlyReceiverHasEndedIsAbandoned() async throws {
    try await simulated {
      let jobs = Channel<Int>(capacity: 1, name: "jobs")
      var sender: Goroutine<Void>?
      let found = try await reports {
        let receiver = spawn { _ = try await jobs.receive() }
        jobs.onlyReceivers([receiver])
        sender = spawn { for number in 0... { try await jobs.send(number) } }
        try await waitForReports()
      }
      #expect(found.map(\.kind) == [.abandoned])
      #expect(found.first?.cycle.first?.contains("waits to send to channel \"jobs\"") == true)
      await [sender!].cancelAll()
    }
  }

  @Test func aCycleOverChannelsIsFound() async throws {
    try await simulated {
      let (there, back) = (Channel<Int>(name: "there"), Channel<Int>(name: "back"))
      var goroutines: [Goroutine<Void>] = []
      let found = try await reports {
        // Both want to receive first.
        let asking = spawn(name: "asking") {
          _ = try await back.receive()
          try await there.send(1)
        }
        let answering = spawn(name: "answering") {
          _ = try await there.receive()
          try await back.send(1)
        }
        there.onlySenders([asking])
        back.onlySenders([answering])
        goroutines = [asking, answering]
        try await waitForReports()
      }
      #expect(found.map(\.kind) == [.cycle])
      #expect(found.first?.blockedChannels == ["back", "there"])
      await goroutines.cancelAll()
    }
  }

  @Test func aSenderThatIsStillThereIsAHope() async throws {
    try await simulated {
      let jobs = Channel<Int>()
      let found = try await reports {
        let sender = spawn {
          try await sleep(for: .milliseconds(300))
          try await jobs.send(1)
        }
        let ended = spawn {}
        jobs.onlySenders([sender, ended])
        let received = try await spawn { try await jobs.receive() }.value
        #expect(received == 1)
      }
      #expect(found.isEmpty)
    }
  }

  /// Anybody may send to a channel of which nothing was said.
  @Test func aChannelWithoutDeclaredSendersIsNeverReported() async throws {
    try await simulated {
      let jobs = Channel<Int>()
      let found = try await reports {
        let receiver = spawn { try await jobs.receive() }
        try await waitForReports()
        try await jobs.send(1)
        let received = try await receiver.value
        #expect(received == 1)
      }
      #expect(found.isEmpty)
    }
  }
}
