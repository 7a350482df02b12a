import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct SubscriptionPolicyTests {
  private typealias Undelivered = Recorder<String>

  private func overflown(
    _ policy: SubscriptionPolicy, _ undelivered: Recorder<String> = Recorder()
  ) async throws -> (Broadcaster<Int>, Subscription<Int>) {
    let news = Broadcaster<Int>()
    let subscription = news.subscribe(buffer: 2, policy: policy) { undelivered.add("\($0) \($1)") }
    for number in 1...5 { try await news.broadcast(number) }
    return (news, subscription)
  }

  @Test func dropOldestKeepsTheNewest() async throws {
    let undelivered = Undelivered()
    let (news, subscription) = try await overflown(.dropOldest, undelivered)
    #expect(subscription.ledger == ChannelLedger(sent: 5, buffered: 2, droppedOldest: 3))
    news.close()
    #expect(try await drain(subscription) == [4, 5])
    #expect(undelivered.values == ["1 droppedOldest", "2 droppedOldest", "3 droppedOldest"])
  }

  @Test func dropNewestKeepsTheOldest() async throws {
    let undelivered = Undelivered()
    let (news, subscription) = try await overflown(.dropNewest, undelivered)
    #expect(try await subscription.receive() == 1)
    try await news.broadcast(6)
    news.close()
    #expect(try await drain(subscription) == [2, 6])
    #expect(subscription.ledger == ChannelLedger(sent: 6, received: 3, droppedNewest: 3))
    #expect(undelivered.values == ["3 droppedNewest", "4 droppedNewest", "5 droppedNewest"])
  }

  @Test func aLaggingReceiverIsToldOnceHowManyItMissed() async throws {
    let (news, subscription) = try await overflown(.lag)
    await #expect(throws: SubscriptionLagged(missed: 3)) { try await subscription.receive() }
    #expect(try await subscription.receive() == 4)
    try await news.broadcast(6)
    try await news.broadcast(7)
    #expect(throws: SubscriptionLagged(missed: 1)) { try subscription.tryReceive() }
    news.close()
    #expect(try await drain(subscription) == [6, 7])
    #expect(subscription.ledger == ChannelLedger(sent: 7, received: 3, droppedOldest: 4))
  }

  @Test func aLaggingReceiverThatWaitsMissesNothing() async throws {
    try await simulated {
      let news = Broadcaster<Int>()
      let subscription = news.subscribe(buffer: 1, policy: .lag)
      let reader = spawn { try await subscription.receive() }
      try await settle()
      for number in 1...3 { try await news.broadcast(number) }
      #expect(try await reader.value == 1)
      await #expect(throws: SubscriptionLagged(missed: 1)) { try await subscription.receive() }
    }
  }

  @Test func aSlowOneIsDisconnectedAndDrains() async throws {
    let undelivered = Undelivered()
    let (news, subscription) = try await overflown(.disconnect, undelivered)
    #expect(news.subscribers == 0)
    #expect(undelivered.values == ["3 disconnected"])
    #expect(try await subscription.receive() == 1)
    #expect(try await subscription.receive() == 2)
    for _ in 0..<2 {
      await #expect(throws: SubscriptionDisconnected(buffer: 2)) { try await subscription.receive() }
      #expect(throws: SubscriptionDisconnected(buffer: 2)) { try subscription.tryReceive() }
    }
    #expect(subscription.ledger == ChannelLedger(sent: 3, received: 2, droppedNewest: 1))
  }

  @Test func aSelectReceives() async throws {
    try await simulated {
      let news = Broadcaster<Int>()
      let subscription = news.subscribe(buffer: 1, policy: .disconnect)
      let selecting = spawn {
        try await select {
          Receive(subscription) { $0 ?? -1 }
          After(.seconds(1)) { -2 }
        }
      }
      try await settle()
      for number in 1...3 { try await news.broadcast(number) }
      #expect(try await selecting.value == 1)
      #expect(try await select { Receive(subscription) { $0 } } == 2)
      await #expect(throws: SubscriptionDisconnected(buffer: 1)) {
        _ = try await select { Receive(subscription) { $0 } }
      }
    }
  }

  @Test func sizesAreLimited() {
    let news = Broadcaster<Int>()
    #expect(news.subscribe(buffer: -3).capacity == 1)
    #expect(news.subscribe(buffer: .max).capacity == 1 << 20)
  }

  @Test func receivesCanBeLimited() async throws {
    try await simulated {
      let news = Broadcaster<Int>()
      let subscription = news.subscribe()
      await #expect(throws: TimedOut.self) { try await subscription.receive(timeout: .seconds(1)) }
      try await news.broadcast(1)
      #expect(try await subscription.receive(timeout: .seconds(1)) == 1)
      news.close()
      #expect(try await subscription.receive(timeout: .seconds(1)) == nil)
    }
  }

  @Test func aCallbackMayUseItsBroadcaster() async throws {
    let news = Broadcaster<Int>()
    let closing = news.subscribe(buffer: 1, policy: .dropNewest) { _, _ in
      _ = news.subscribe(replay: 1)
      news.close()
    }
    try await news.broadcast(1)
    try await news.broadcast(2)
    #expect(news.isClosed)
    #expect(try await drain(closing) == [1])
  }
}
