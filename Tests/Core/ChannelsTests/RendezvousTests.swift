import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct RendezvousTests {
  @Test func aSendReturnsOnlyWhenAReceiverHasTakenTheElement() async throws {
    try await simulated {
      let channel = Channel<Int>()
      let isSent = AtomicInteger()
      let sender = spawn {
        try await channel.send(7)
        isSent.store(1)
      }
      try await settle()
      #expect(isSent.load() == 0)
      #expect(channel.count == 0)
      #expect(try await channel.receive() == 7)
      try await sender.value
      #expect(isSent.load() == 1)
    }
  }

  @Test func aReceiveWaitsForASender() async throws {
    try await simulated {
      let channel = Channel<String>()
      let receiver = spawn { try await channel.receive() }
      try await settle()
      try await channel.send("hello")
      #expect(try await receiver.value == "hello")
    }
  }

  @Test func waitingSendersAreServedInOrderOfArrival() async throws {
    try await simulated {
      let channel = Channel<Int>()
      for number in 0..<20 {
        spawn { try await channel.send(number) }
        try await settle()
      }
      for number in 0..<20 { #expect(try await channel.receive() == number) }
    }
  }

  @Test func waitingReceiversAreServedInOrderOfArrival() async throws {
    try await simulated {
      let channel = Channel<Int>()
      var receivers: [Goroutine<Int?>] = []
      for _ in 0..<20 {
        receivers.append(spawn { try await channel.receive() })
        try await settle()
      }
      for number in 0..<20 { try await channel.send(number) }
      for (number, receiver) in receivers.enumerated() { #expect(try await receiver.value == number) }
    }
  }

  @Test(arguments: [2, 8]) func pingPongPassesEveryElement(workers: Int) async throws {
    let sum = try await onWorkers(workers) {
      let (ping, pong) = (Channel<Int>(), Channel<Int>())
      spawn {
        for try await number in ping { try await pong.send(number + 1) }
        pong.close()
      }
      var sum = 0
      for number in 0..<2_000 {
        try await ping.send(number)
        sum += try await pong.receive() ?? 0
      }
      ping.close()
      #expect(try await pong.receive() == nil)
      return sum
    }
    #expect(sum == (1...2_000).reduce(0, +))
  }
}
