import CoreTestSupport
import Revoada
import Testing

/// What a channel did not deliver, and why.
private typealias Undelivered = Recorder<(Int, UndeliveredReason)>

@Suite(.timeLimit(.minutes(10)))
struct OverflowTests {
  private func drain(_ channel: Channel<Int>) async throws -> [Int] {
    channel.close()
    var rest: [Int] = []
    for try await number in channel { rest.append(number) }
    return rest
  }

  @Test(arguments: [1, 2, 5]) func dropOldestKeepsTheNewest(capacity: Int) async throws {
    let undelivered = Undelivered()
    let channel = Channel<Int>(capacity: capacity, overflow: .dropOldest) { undelivered.add(($0, $1)) }
    for number in 0..<20 { try await channel.send(number) }
    #expect(try await drain(channel) == Array(20 - capacity..<20))
    #expect(undelivered.values.map(\.0) == Array(0..<20 - capacity))
    #expect(undelivered.values.allSatisfy { $0.1 == .droppedOldest })
  }

  @Test(arguments: [1, 2, 5]) func dropNewestKeepsTheOldest(capacity: Int) async throws {
    let undelivered = Undelivered()
    let channel = Channel<Int>(capacity: capacity, overflow: .dropNewest) { undelivered.add(($0, $1)) }
    for number in 0..<20 { try await channel.send(number) }
    #expect(try await drain(channel) == Array(0..<capacity))
    #expect(undelivered.values.map(\.0) == Array(capacity..<20))
    #expect(undelivered.values.allSatisfy { $0.1 == .droppedNewest })
  }

  @Test func failHandsTheElementBack() async throws {
    let undelivered = Undelivered()
    let channel = Channel<Int>(capacity: 1, overflow: .fail) { undelivered.add(($0, $1)) }
    try await channel.send(1)
    let error = await #expect(throws: ChannelFull<Int>.self) { try await channel.send(2) }
    #expect(error?.element == 2)
    guard case .full(3) = channel.trySend(3) else { return #expect(Bool(false), "not full") }
    guard case .full(4) = await channel.offer(4) else { return #expect(Bool(false), "not full") }
    #expect(try await drain(channel) == [1])
    #expect(undelivered.values.isEmpty)
  }

  @Test func thePolicyAppliesToTrySend() {
    let undelivered = Undelivered()
    let channel = Channel<Int>(capacity: 1, overflow: .dropOldest) { undelivered.add(($0, $1)) }
    for number in 1...3 { _ = channel.trySend(number) }
    guard case .received(3) = channel.tryReceive() else { return #expect(Bool(false), "3 is the newest") }
    #expect(undelivered.values.map(\.0) == [1, 2])
  }

  @Test func whatRemainsInAReleasedChannelIsReported() async throws {
    let undelivered = Undelivered()
    do {
      let channel = Channel<Int>(capacity: 4) { undelivered.add(($0, $1)) }
      for number in 1...3 { try await channel.send(number) }
      #expect(try await channel.receive() == 1)
    }
    #expect(undelivered.values.map(\.0) == [2, 3])
    #expect(undelivered.values.allSatisfy { $0.1 == .abandoned })
  }

  @Test func aCancelledSendIsReported() async throws {
    for home in Home.allCases {
      try await simulated {
        let undelivered = Undelivered()
        let channel = Channel<Int>() { undelivered.add(($0, $1)) }
        let ended = try await home.cancelling { try await channel.send(9) }
        #expect(ended.isCancellation)
        #expect(undelivered.values.map(\.0) == [9])
        #expect(undelivered.values.first?.1 == .cancelled)
      }
    }
  }

  @Test func theHandlerMayUseTheChannel() async throws {
    let channels = Recorder<Channel<Int>>()
    let channel = Channel<Int>(capacity: 1, overflow: .dropOldest) { _, _ in channels.values[0].close() }
    channels.add(channel)
    try await channel.send(1)
    try await channel.send(2)
    #expect(channel.isClosed)
  }
}
