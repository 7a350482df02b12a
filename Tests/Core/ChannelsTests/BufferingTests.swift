import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct BufferingTests {
  @Test(arguments: [1, 2, 10, 100]) func capacityManySendsDoNotWait(capacity: Int) async throws {
    let channel = Channel<Int>(capacity: capacity)
    for number in 0..<capacity { try await channel.send(number) }
    #expect(channel.count == capacity)
    #expect(channel.capacity == capacity)
    for number in 0..<capacity { #expect(try await channel.receive() == number) }
    #expect(channel.count == 0)
  }

  @Test func aFullBufferMakesTheSenderWait() async throws {
    try await simulated {
      let channel = Channel<Int>(capacity: 2)
      let progress = AtomicInteger()
      let sender = spawn { for number in 0..<5 { try await channel.send(number); progress.add(1) } }
      try await settle()
      #expect(progress.load() == 2)
      #expect(try await channel.receive() == 0)
      try await settle()
      #expect(progress.load() == 3)
      #expect(channel.count == 2)
      for number in 1..<5 { #expect(try await channel.receive() == number) }
      try await sender.value
    }
  }

  @Test func orderSurvivesWaitingSendersAndWrappingAround() async throws {
    try await simulated {
      let channel = Channel<Int>(capacity: 3)
      spawn {
        for number in 0..<100 { try await channel.send(number) }
        channel.close()
      }
      var received: [Int] = []
      for try await number in channel { received.append(number) }
      #expect(received == Array(0..<100))
    }
  }

  @Test(arguments: [0, 1, 7], [2, 8])
  func everyElementArrivesOnceWithManySendersAndReceivers(capacity: Int, workers: Int) async throws {
    let received = try await onWorkers(workers) {
      let channel = Channel<Int>(capacity: capacity)
      let senders = WaitGroup()
      senders.add(4)
      for sender in 0..<4 {
        spawn {
          defer { senders.done() }
          for number in 0..<500 { try await channel.send(sender * 500 + number) }
        }
      }
      let receivers = (0..<4).map { _ in
        spawn {
          var seen: [Int] = []
          for try await number in channel { seen.append(number) }
          return seen
        }
      }
      try await senders.wait()
      channel.close()
      var all: [Int] = []
      for receiver in receivers { all += try await receiver.value }
      return all
    }
    #expect(received.sorted() == Array(0..<2_000))
  }
}
