import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct CloseTests {
  @Test func bufferedElementsDrainThenNilComes() async throws {
    let channel = Channel<Int>(capacity: 3)
    for number in 1...3 { try await channel.send(number) }
    channel.close()
    #expect(channel.isClosed)
    for number in 1...3 { #expect(try await channel.receive() == number) }
    #expect(try await channel.receive() == nil)
    #expect(try await channel.receive() == nil)
  }

  @Test(arguments: [0, 2]) func aSendHandsTheElementBack(capacity: Int) async throws {
    let channel = Channel<String>(capacity: capacity)
    channel.close()
    let error = await #expect(throws: ChannelClosed<String>.self) { try await channel.send("mine") }
    #expect(error?.element == "mine")
    #expect("\(try #require(error))".contains("closed"))
    guard case .closed("mine") = channel.trySend("mine") else { return #expect(Bool(false), "not closed") }
  }

  @Test func closingTwiceIsHarmless() async throws {
    let channel = Channel<Int>(capacity: 1)
    try await channel.send(1)
    channel.close()
    channel.close()
    #expect(try await channel.receive() == 1)
    channel.close()
    #expect(try await channel.receive() == nil)
  }

  @Test func closingWakesEveryWaitingReceiver() async throws {
    try await simulated {
      let channel = Channel<Int>()
      let receivers = (0..<10).map { _ in spawn { try await channel.receive() } }
      try await settle()
      channel.close()
      for receiver in receivers { #expect(try await receiver.value == nil) }
    }
  }

  @Test func closingGivesEveryWaitingSenderItsElementBack() async throws {
    try await simulated {
      let channel = Channel<Int>(capacity: 1)
      try await channel.send(-1)
      let senders = (0..<10).map { number in
        spawn { () -> Int? in
          do { try await channel.send(number) } catch let error as ChannelClosed<Int> { return error.element }
          return nil
        }
      }
      try await settle()
      channel.close()
      for (number, sender) in senders.enumerated() { #expect(try await sender.value == number) }
      #expect(try await channel.receive() == -1)
      #expect(try await channel.receive() == nil)
    }
  }

  @Test(arguments: [2, 8]) func closingWhileManySendLosesNothing(workers: Int) async throws {
    for _ in 0..<50 {
      let (accepted, received) = try await onWorkers(workers) {
        let channel = Channel<Int>(capacity: 2)
        let senders = (0..<4).map { _ in
          spawn { () -> Int in
            var accepted = 0
            while true { do { try await channel.send(1); accepted += 1 } catch { return accepted } }
          }
        }
        let receiver = spawn { () -> Int in
          var received = 0
          for try await _ in channel {
            received += 1
            if received == 100 { channel.close() }
          }
          return received
        }
        let received = try await receiver.value
        var accepted = 0
        for sender in senders { accepted += try await sender.value }
        return (accepted, received)
      }
      #expect(accepted == received)
    }
  }
}
