import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ElementKindTests {
  private final class Box { var value = 0 }

  private struct Ticket: ~Copyable, Sendable {
    let number: Int
    let returned: Recorder<Int>
    deinit { returned.add(number) }
  }

  private struct Big: Sendable, Equatable {
    var words = (1, 2, 3, 4, 5, 6)
    var text = "a text that is too long to be stored in line"
    static func == (a: Big, b: Big) -> Bool { a.words == b.words && a.text == b.text }
  }

  @Test func elementsNeedNotBeSendable() async throws {
    let channel = Channel<Box>(capacity: 1)
    let producer = spawn {
      for number in 0..<10 {
        let box = Box()
        box.value = number
        try await channel.send(box)
      }
      channel.close()
    }
    var sum = 0
    while let box = try await channel.receive() { sum += box.value }
    try await producer.value
    #expect(sum == 45)
  }

  @Test(arguments: [0, 2]) func noncopyableElementsArrive(capacity: Int) async throws {
    try await simulated {
      let returned = Recorder<Int>()
      let channel = Channel<Ticket>(capacity: capacity)
      spawn {
        for number in 0..<10 { _ = await channel.offer(Ticket(number: number, returned: returned)) }
        channel.close()
      }
      var received: [Int] = []
      while let ticket = try await channel.receive() { received.append(ticket.number) }
      #expect(received == Array(0..<10))
      #expect(returned.values == Array(0..<10))
    }
  }

  @Test func aFailedOfferGivesANoncopyableElementBack() async throws {
    let returned = Recorder<Int>()
    let channel = Channel<Ticket>()
    channel.close()
    switch await channel.offer(Ticket(number: 5, returned: returned)) {
    case .closed(let ticket):
      #expect(ticket.number == 5)
      #expect(returned.values.isEmpty)
    default: Issue.record("the channel is closed")
    }
    #expect(returned.values == [5])
  }

  @Test(arguments: Home.allCases) func aCancelledOfferGivesTheElementBack(home: Home) async throws {
    try await simulated {
      let returned = Recorder<Int>()
      let channel = Channel<Ticket>()
      let result = try await home.cancelling { () -> Int in
        switch await channel.offer(Ticket(number: 6, returned: returned)) {
        case .cancelled(let ticket): ticket.number
        default: -1
        }
      }
      #expect(try result.get() == 6)
      #expect(returned.values == [6])
    }
  }

  @Test(arguments: [0, 2]) func bigElementsArriveWhole(capacity: Int) async throws {
    try await simulated {
      let channel = Channel<Big>(capacity: capacity)
      let receivers = (0..<3).map { _ in spawn { try await channel.receive() } }
      try await settle()
      for _ in 0..<3 { try await channel.send(Big()) }
      for receiver in receivers { #expect(try await receiver.value == Big()) }
      let senders = (0..<3).map { _ in spawn { try await channel.send(Big()) } }
      try await settle()
      for _ in 0..<3 { #expect(try await channel.receive() == Big()) }
      for sender in senders { try await sender.value }
    }
  }

  @Test func existentialsClassesAndOptionalsArrive() async throws {
    try await simulated {
      let things = Channel<any Sendable>()
      spawn {
        try await things.send("text"); try await things.send([1, 2])
      }
      #expect(try await things.receive() as? String == "text")
      #expect(try await things.receive() as? [Int] == [1, 2])
      let optionals = Channel<Int?>(capacity: 1)
      try await optionals.send(nil)
      #expect(try await optionals.receive() == .some(nil))
      let nothing = Channel<Void>()
      spawn { try await nothing.send(()) }
      #expect(try await nothing.receive() != nil)
    }
  }
}
