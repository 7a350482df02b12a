import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ChannelTimeoutTests {
  @Test func aReceiveGivesUpInTimeAndTakesNothing() async throws {
    try await simulated {
      let channel = Channel<Int>()
      await #expect(throws: TimedOut(limit: .seconds(2))) { try await channel.receive(timeout: .seconds(2)) }
      #expect(Simulation.elapsed >= .seconds(2) && Simulation.elapsed < .seconds(2.001))
      let sender = spawn { try await channel.send(1) }
      #expect(try await channel.receive() == 1)
      try await sender.value
    }
  }

  @Test func aSendGivesUpInTimeAndKeepsItsElement() async throws {
    try await simulated {
      let channel = Channel<Int>(capacity: 1)
      try await channel.send(1, timeout: .seconds(1))
      let error = await #expect(throws: SendTimedOut<Int>.self) {
        try await channel.send(2, timeout: .seconds(1))
      }
      #expect(error?.element == 2)
      #expect(channel.count == 1)
      #expect(try await channel.receive() == 1)
      guard case .empty = channel.tryReceive() else {
        return #expect(Bool(false), "something was left behind")
      }
    }
  }

  @Test func whatIsReadyNeedsNoTime() async throws {
    let channel = Channel<Int>(capacity: 1)
    try await channel.send(1, timeout: .zero)
    #expect(try await channel.receive(timeout: .zero) == 1)
    await #expect(throws: TimedOut.self) { try await channel.receive(timeout: .zero) }
    channel.close()
    #expect(try await channel.receive(timeout: .zero) == nil)
    await #expect(throws: ChannelClosed<Int>.self) { try await channel.send(2, timeout: .seconds(1)) }
  }

  @Test func anElementThatComesInTimeIsReceived() async throws {
    try await simulated {
      let channel = Channel<Int>()
      spawn {
        try await sleep(for: .seconds(1))
        try await channel.send(5)
      }
      #expect(try await channel.receive(timeout: .seconds(2)) == 5)
      let receiver = spawn {
        try await sleep(for: .seconds(1))
        return try await channel.receive()
      }
      try await channel.send(6, timeout: .seconds(2))
      #expect(try await receiver.value == 6)
    }
  }

  @Test func aTimeoutOfForeverIsAllowed() async throws {
    try await simulated {
      let channel = Channel<Int>()
      let receiver = spawn { try await channel.receive(timeout: .seconds(Int64.max)) }
      try await sleep(for: .seconds(100_000_000))
      try await channel.send(5)
      #expect(try await receiver.value == 5)
    }
  }
}
