import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct BroadcasterTests {
  @Test func everySubscriberGetsEverything() async throws {
    let news = Broadcaster<Int>()
    let (first, second) = (news.subscribe(), news.subscribe())
    for number in 1...3 { try await news.broadcast(number) }
    news.close()
    #expect(try await drain(first) == [1, 2, 3])
    #expect(try await drain(second) == [1, 2, 3])
    let error = await #expect(throws: ChannelClosed<Int>.self) { try await news.broadcast(4) }
    #expect(error?.element == 4)
    #expect(news.isClosed)
  }

  @Test func theHistoryIsKeptFromTheStartAndReplayedOnRequest() async throws {
    let news = Broadcaster<Int>(history: 3)
    for number in 1...7 { try await news.broadcast(number) }
    let depths = [-1, 0, 1, 3, 99].map { news.subscribe(replay: $0) }
    let small = news.subscribe(buffer: 1, policy: .dropOldest, replay: 2)
    #expect(small.count == 2 && small.capacity == 2)
    news.close()
    let late = news.subscribe(replay: 1)
    var replayed: [[Int]] = []
    for subscription in depths + [small, late] { replayed.append(try await drain(subscription)) }
    #expect(replayed == [[], [], [7], [5, 6, 7], [5, 6, 7], [6, 7], [7]])
    let forgetful = Broadcaster<Int>(history: -4)
    try await forgetful.broadcast(1)
    #expect(forgetful.subscribe(replay: 5).count == 0)
  }

  @Test func aFullSubscriberDelaysOnlyWhoeverBroadcasts() async throws {
    try await simulated {
      let news = Broadcaster<Int>()
      let slow = news.subscribe(buffer: 1)
      let fast = news.subscribe(buffer: 100)
      let publishers = (1...5).map { number in spawn { try await news.broadcast(number) } }
      try await settle()
      // Four wait, and all five elements have arrived where there is room.
      #expect(fast.count == 5 && slow.count == 1)
      #expect(slow.snapshot.blockedSenders == 4)
      news.close()
      let order = try await drain(fast)
      #expect(order.sorted() == [1, 2, 3, 4, 5])
      #expect(try await drain(slow) == order)
      for publisher in publishers { try await publisher.value }
      #expect(slow.ledger == ChannelLedger(sent: 5, received: 5))
    }
  }

  @Test func allReceiveInTheSameOrder() async throws {
    try await onWorkers(4) {
      let news = Broadcaster<Int>()
      let policies: [SubscriptionPolicy] = [.block, .block, .block]
      let readers = policies.enumerated().map { index, policy in
        let subscription = news.subscribe(buffer: index + 1, policy: policy)
        return spawn { try await drain(subscription) }
      }
      try await withScope { scope in
        for publisher in 0..<4 {
          scope.spawn { for number in 0..<300 { try await news.broadcast(publisher * 1000 + number) } }
        }
      }
      news.close()
      let first = try await readers[0].value
      #expect(first.count == 1200)
      for reader in readers { #expect(try await reader.value == first) }
    }
  }

  @Test(arguments: Home.allCases) func aCancelledBroadcastIsTakenBackFromThoseWithoutRoom(home: Home)
    async throws
  {
    try await simulated {
      let undelivered = Recorder<Int>()
      let news = Broadcaster<Int>()
      let full = news.subscribe(buffer: 1) { element, reason in
        #expect(reason == .cancelled)
        undelivered.add(element)
      }
      let other = news.subscribe()
      try await news.broadcast(1)
      #expect(try await home.cancelling { try await news.broadcast(2) }.isCancellation)
      #expect(undelivered.values == [2])
      #expect(full.ledger == ChannelLedger(sent: 2, buffered: 1, undelivered: 1))
      #expect(full.snapshot.blockedSenders == 0)
      try await withScope { scope in
        scope.spawn { try await news.broadcast(3) }
        let first = try await full.receive()
        #expect(first == 1)
        let second = try await full.receive()
        #expect(second == 3)
      }
      news.close()
      #expect(try await drain(other) == [1, 2, 3])
    }
  }

  @Test(arguments: Home.allCases) func servedThenCancelledSucceeds(home: Home) async throws {
    try await simulated {
      let news = Broadcaster<Int>()
      let (first, second) = (news.subscribe(buffer: 1), news.subscribe(buffer: 1))
      try await news.broadcast(1)
      let ended = try await home.cancelling(after: {
        _ = try? first.tryReceive()
        _ = try? second.tryReceive()
      }) { try await news.broadcast(2) }
      #expect(!ended.isCancellation)
      #expect(try await first.receive() == 2)
      let received = try await home.cancelling(after: { news.close() }) { try await first.receive() }
      #expect(try received.get() == nil)
    }
  }

  @Test func aSubscriberThatLeavesIsNotWaitedFor() async throws {
    try await simulated {
      let undelivered = Recorder<Int>()
      let news = Broadcaster<Int>()
      let leaving = news.subscribe(buffer: 1) { element, reason in
        #expect(reason == .abandoned)
        undelivered.add(element)
      }
      try await news.broadcast(1)
      let waiting = spawn { try await news.broadcast(2) }
      try await settle()
      leaving.unsubscribe()
      try await waiting.value
      #expect(undelivered.values.sorted() == [1, 2])
      #expect(leaving.ledger == ChannelLedger(sent: 2, undelivered: 2))
      #expect(try await leaving.receive() == nil)
      #expect(news.subscribers == 0)
      leaving.unsubscribe()
      try await news.broadcast(3)
    }
  }

  @Test func aReleasedSubscriptionEnds() async throws {
    let news = Broadcaster<Int>()
    let undelivered = Recorder<Int>()
    do {
      let subscription = news.subscribe(buffer: 1) { element, _ in undelivered.add(element) }
      try await news.broadcast(1)
      #expect(subscription.count == 1)
    }
    #expect(undelivered.values == [1])
    #expect(news.subscribers == 0)
  }

  @Test func anElementMayUseTheBroadcasterWhenItIsReleased() async throws {
    final class Element: Sendable {
      let news: Broadcaster<Element>
      let released: AtomicInteger
      init(_ news: Broadcaster<Element>, _ released: AtomicInteger) {
        self.news = news
        self.released = released
      }
      deinit {
        _ = news.subscribers
        released.add(1)
      }
    }
    let released = AtomicInteger()
    let news = Broadcaster<Element>(history: 1)
    let reader = news.subscribe(buffer: 1, policy: .dropOldest)
    for _ in 0..<5 { try await news.broadcast(Element(news, released)) }
    #expect(released.load() == 4 && reader.count == 1)
  }

  @Test func aReleasedBroadcasterIsClosed() async throws {
    try await simulated {
      var news: Broadcaster<Int>? = Broadcaster()
      let subscription = news!.subscribe()
      try await news!.broadcast(1)
      news = nil
      #expect(try await drain(subscription) == [1])
    }
  }

  @Test func closingLetsAWaitingBroadcastArrive() async throws {
    try await simulated {
      let news = Broadcaster<Int>()
      let slow = news.subscribe(buffer: 1)
      let publisher = spawn { for number in 1...3 { try await news.broadcast(number) } }
      try await settle()
      news.close()
      news.close()
      #expect(try await drain(slow) == [1, 2])
      // The third was never begun.
      await #expect(throws: ChannelClosed<Int>.self) { try await publisher.value }
    }
  }

  @Test func cancellationStormsLoseNothing() async throws {
    try await simulated(seeds: 0..<40) {
      let news = Broadcaster<Int>()
      let undelivered = AtomicInteger()
      let readers = (1...3).map { news.subscribe(buffer: $0) { _, _ in undelivered.add(1) } }
      let publishers = (0..<12).map { number in spawn { try await news.broadcast(number) } }
      let drains = readers.map { reader in spawn { try await drain(reader) } }
      for publisher in publishers { publisher.cancel() }
      var refused = 0
      for publisher in publishers { if case .failure = await publisher.result { refused += 1 } }
      news.close()
      var received = 0
      for drain in drains { received += try await drain.value.count }
      #expect(readers.allSatisfy { $0.ledger.isBalanced && $0.snapshot.blockedSenders == 0 })
      #expect(received + undelivered.load() == readers.reduce(0) { $0 + $1.ledger.sent })
      #expect(refused == 0 || undelivered.load() > 0)
      #expect(readers.allSatisfy { $0.ledger.sent == 12 })
    }
  }

  @Test(arguments: [2, 8]) func subscribersComeAndGoUnderLoad(workers: Int) async throws {
    let news = Broadcaster<Int>()
    let failures = AtomicInteger()
    try await onWorkers(workers) {
      try await withScope { scope in
        for index in 0..<8 {
          scope.spawn {
            for round in 0..<40 {
              let policy = SubscriptionPolicy.allCases[(index + round) % SubscriptionPolicy.allCases.count]
              let subscription = news.subscribe(buffer: 1 + round % 3, policy: policy, replay: round % 2)
              for _ in 0..<5 { _ = try? await subscription.receive(timeout: .milliseconds(1)) }
              subscription.unsubscribe()
              if !subscription.ledger.isBalanced || subscription.snapshot.blockedSenders != 0 {
                failures.add(1)
              }
            }
          }
        }
        scope.spawn { for number in 0..<2_000 { try await news.broadcast(number) } }
      }
    }
    #expect(failures.load() == 0)
    #expect(news.subscribers == 0)
  }
}

/// All that a subscription still gives.
func drain<T>(_ subscription: Subscription<T>) async throws -> [T] {
  var rest: [T] = []
  for try await element in subscription { rest.append(element) }
  return rest
}
