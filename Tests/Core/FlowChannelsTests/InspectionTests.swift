import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct InspectionTests {
  private struct Broken: Error, Equatable {}

  @Test func theInspectorCountsFromTheBirth() async throws {
    let channel = Channel<Int>(capacity: 3, overflow: .dropOldest)
    for number in 1...6 { try await channel.send(number) }
    _ = try await channel.receive()
    let inspector = ChannelInspector(channel)
    #expect(inspector.count == 2 && inspector.capacity == 3)
    #expect(inspector.totalSent == 6 && inspector.totalReceived == 1 && inspector.totalDropped == 3)
    #expect(!inspector.isClosed)
    channel.close()
    #expect(inspector.isClosed)
    #expect(channel.ledger == ChannelLedger(sent: 6, received: 1, buffered: 2, droppedOldest: 3))
  }

  @Test func whoWaitsIsSeenAndNotCounted() async throws {
    try await simulated {
      let channel = Channel<Int>()
      let senders = (0..<3).map { number in spawn { try await channel.send(number) } }
      try await settle()
      let inspector = ChannelInspector(channel)
      #expect(inspector.blockedSenders == 3 && inspector.totalSent == 0)
      for _ in 0..<3 { _ = try await channel.receive() }
      let receiver = spawn { try await channel.receive() }
      try await settle()
      #expect(inspector.blockedSenders == 0 && inspector.blockedReceivers == 1 && inspector.totalSent == 3)
      receiver.cancel()
      for sender in senders { try await sender.value }
    }
  }

  @Test func everyKindOfChannelCanBeInspected() async throws {
    let urgent = PriorityChannel<Int>(capacity: 2)
    try await urgent.send(1, priority: 1)
    let news = Broadcaster<Int>()
    let reader = news.subscribe(buffer: 4)
    try await news.broadcast(1)
    for inspector in [ChannelInspector(urgent), ChannelInspector(reader)] {
      #expect(inspector.count == 1 && inspector.totalSent == 1 && inspector.snapshot.ledger.isBalanced)
    }
    #expect(ChannelInspector(PriorityChannel<Int>()).capacity == nil)
  }

  @Test func aChannelCanFail() async throws {
    try await simulated {
      let channel = Channel<Int>(capacity: 1)
      try await channel.send(1)
      channel.close(throwing: Broken())
      channel.close()
      #expect(channel.isClosed)
      #expect(try await channel.receive() == 1)
      await #expect(throws: Broken.self) { try await channel.receive() }
      await #expect(throws: ChannelClosed<Int>.self) { try await channel.send(2) }
      let waiting = Channel<Int>()
      let receiver = spawn { try await waiting.receive() }
      try await settle()
      waiting.close(throwing: Broken())
      await #expect(throws: Broken.self) { try await receiver.value }
      let ended = Channel<Int>()
      ended.close()
      ended.close(throwing: Broken())
      #expect(try await ended.receive() == nil)
    }
  }

  @Test(arguments: [OverflowPolicy.dropOldest, .dropNewest])
  func aCallbackThatSendsToItsFullChannelGetsTheElementBack(policy: OverflowPolicy) async throws {
    let channels = Recorder<Channel<Int>>()
    let (dropped, refused) = (Recorder<Int>(), Recorder<Int>())
    let channel = Channel<Int>(capacity: 1, overflow: policy) { element, _ in
      dropped.add(element)
      if case .full(let back)? = channels.values.first?.trySend(element) { refused.add(back) }
    }
    channels.add(channel)
    for number in 1...4 { try await channel.send(number) }
    #expect(dropped.values.count == 3)
    #expect(refused.values == dropped.values)
    #expect(channel.ledger.isBalanced && channel.ledger.dropped == 3 && channel.ledger.sent == 4)
  }

  @Test func aCallbackMayRefillItsEmptiedChannel() async throws {
    let channels = Recorder<Channel<Int>>()
    let channel = Channel<Int>(capacity: 1, overflow: .dropNewest) { element, _ in
      guard let channel = channels.values.first else { return }
      _ = channel.tryReceive()
      _ = channel.trySend(element * 10)
    }
    channels.add(channel)
    try await channel.send(1)
    try await channel.send(2)
    #expect(try await channel.receive() == 20)
    #expect(channel.ledger == ChannelLedger(sent: 3, received: 2, droppedNewest: 1))
  }

  @Test(arguments: [2, 8]) func theLedgerIsBalancedAtAnyTime(workers: Int) async throws {
    let channel = Channel<Int>(capacity: 4, overflow: .dropOldest)
    let unbalanced = AtomicInteger()
    try await onWorkers(workers) {
      try await withScope { scope in
        for _ in 0..<3 { scope.spawn { for number in 0..<2_000 { try await channel.send(number) } } }
        scope.spawn { for _ in 0..<2_000 { _ = channel.tryReceive() } }
        scope.spawn { for _ in 0..<2_000 where !channel.ledger.isBalanced { unbalanced.add(1) } }
      }
    }
    #expect(unbalanced.load() == 0)
    #expect(channel.ledger.sent == 6_000)
  }
}
