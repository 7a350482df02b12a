import CoreTestSupport
import Revoada
import Testing

/// Several elements for one lock.
@Suite(.timeLimit(.minutes(10)))
struct BatchTests {
  /// Sends by a batch; what is left over comes back.
  private static func trySend(
    _ elements: [String], to channel: Channel<String>
  ) -> (sent: Int, left: [String]) {
    let memory = UnsafeMutablePointer<String>.allocate(capacity: elements.count)
    defer { memory.deallocate() }
    memory.initialize(from: elements, count: elements.count)
    let sent = channel.trySend(from: memory, count: elements.count)
    let left = UnsafeMutableBufferPointer(start: memory + max(0, sent), count: elements.count - max(0, sent))
    defer { left.deinitialize() }
    return (sent, Array(left))
  }

  private static func tryReceive(_ limit: Int, from channel: Channel<String>) -> [String]? {
    let memory = UnsafeMutablePointer<String>.allocate(capacity: max(1, limit))
    defer { memory.deallocate() }
    let count = channel.tryReceive(into: memory, limit: limit)
    if count < 0 { return nil }
    let elements = UnsafeMutableBufferPointer(start: memory, count: count)
    defer { elements.deinitialize() }
    return Array(elements)
  }

  @Test func batchesGoRoundTheRing() {
    let channel = Channel<String>(capacity: 5)
    for round in 0..<12 {
      let (sent, left) = Self.trySend((0..<4).map { "\(round).\($0)" }, to: channel)
      #expect(sent == 4 && left.isEmpty)
      #expect(Self.tryReceive(3, from: channel) == (0..<3).map { "\(round).\($0)" })
      #expect(Self.tryReceive(8, from: channel) == ["\(round).3"])
    }
    #expect(Self.tryReceive(8, from: channel) == [])
    #expect(Self.tryReceive(0, from: channel) == [])
  }

  @Test func whatDoesNotFitStays() {
    let channel = Channel<String>(capacity: 2)
    let (sent, left) = Self.trySend(["a", "b", "c"], to: channel)
    #expect(sent == 2 && left == ["c"])
    #expect(Self.trySend(["d"], to: channel).sent == 0)
    channel.close()
    let (refused, back) = Self.trySend(["e", "f"], to: channel)
    #expect(refused < 0 && back == ["e", "f"])
    #expect(Self.tryReceive(9, from: channel) == ["a", "b"])
    #expect(Self.tryReceive(9, from: channel) == nil)
  }

  @Test func waitingSendersAndReceiversAreServed() async throws {
    try await simulated {
      let channel = Channel<String>(capacity: 1)
      let receivers = (0..<3).map { _ in spawn { try await channel.receive() } }
      try await settle()
      let (sent, left) = Self.trySend(["a", "b", "c", "d", "e"], to: channel)
      #expect(sent == 4 && left == ["e"])
      var read: [String?] = []
      for receiver in receivers { read.append(try await receiver.value) }
      #expect(read.compactMap(\.self).sorted() == ["a", "b", "c"])
      let senders = ["x", "y"].map { element in spawn { try await channel.send(element) } }
      try await settle()
      // The buffered one; a sender's takes its place, and comes with the next.
      #expect(Self.tryReceive(8, from: channel) == ["d"])
      try await settle()
      let rest = (Self.tryReceive(8, from: channel) ?? []) + (Self.tryReceive(8, from: channel) ?? [])
      #expect(rest.sorted() == ["x", "y"])
      for sender in senders { try await sender.value }
      let rendezvous = Channel<String>()
      let sender = spawn { try await rendezvous.send("z") }
      try await settle()
      #expect(Self.tryReceive(8, from: rendezvous) == ["z"])
      try await sender.value
    }
  }
}
