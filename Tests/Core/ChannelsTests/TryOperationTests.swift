import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct TryOperationTests {
  private func outcome(_ result: TrySendResult<Int>) -> String {
    switch result {
    case .sent: "sent"
    case .full(let element): "full \(element)"
    case .closed(let element): "closed \(element)"
    }
  }
  private func outcome(_ result: TryReceiveResult<Int>) -> String {
    switch result {
    case .received(let element): "received \(element)"
    case .empty: "empty"
    case .closed: "closed"
    }
  }

  @Test func theyTellWhatHappened() {
    let channel = Channel<Int>(capacity: 1)
    #expect(outcome(channel.tryReceive()) == "empty")
    #expect(outcome(channel.trySend(1)) == "sent")
    #expect(outcome(channel.trySend(2)) == "full 2")
    #expect(outcome(channel.tryReceive()) == "received 1")
    #expect(outcome(channel.trySend(3)) == "sent")
    channel.close()
    #expect(outcome(channel.trySend(4)) == "closed 4")
    #expect(outcome(channel.tryReceive()) == "received 3")
    #expect(outcome(channel.tryReceive()) == "closed")
  }

  @Test func aRendezvousNeedsAPartnerThatWaits() async throws {
    try await simulated {
      let channel = Channel<Int>()
      #expect(outcome(channel.trySend(1)) == "full 1")
      #expect(outcome(channel.tryReceive()) == "empty")
      let receiver = spawn { try await channel.receive() }
      try await settle()
      #expect(outcome(channel.trySend(2)) == "sent")
      #expect(try await receiver.value == 2)
      let sender = spawn { try await channel.send(3) }
      try await settle()
      #expect(outcome(channel.tryReceive()) == "received 3")
      try await sender.value
    }
  }

  @Test func takingFromAFullBufferLetsTheWaitingSenderIn() async throws {
    try await simulated {
      let channel = Channel<Int>(capacity: 1)
      try await channel.send(1)
      let sender = spawn { try await channel.send(2) }
      try await settle()
      #expect(outcome(channel.tryReceive()) == "received 1")
      try await sender.value
      #expect(outcome(channel.tryReceive()) == "received 2")
    }
  }
}
