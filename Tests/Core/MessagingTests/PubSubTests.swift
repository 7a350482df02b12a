import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct PubSubTests {
  @Test(arguments: [
    ("events", "events", true), ("events", "events.login", false), ("events.*", "events.login", true),
    ("events.*", "events", false), ("events.*", "events.a.b", false), ("*.*", "a.b", true),
    ("events.>", "events", false), ("events.>", "events.a.b.c", true), (">", "a", true), (">", "a.b", true),
    ("*.b.>", "a.b.c", true), ("*.b.>", "a.b", false), ("Events", "events", false), ("é.*", "é.ü", true),
    ("a.b", "a.>", false),
  ])
  func patterns(_ pattern: String, _ topic: String, _ matches: Bool) async throws {
    #expect(try TopicPattern(pattern).matches(topic) == matches)
    if topic.contains(">") { return }
    let bus = PubSub<Int>()
    let subscription = bus.subscribe(pattern)
    #expect(try await bus.publish(1, to: topic) == (matches ? 1 : 0))
    #expect(subscription.count == (matches ? 1 : 0))
  }

  @Test(
    arguments: [
      ("", .empty), (".", .emptyToken), ("a.", .emptyToken), (".a", .emptyToken), ("a..b", .emptyToken),
      ("a b", .space), ("a.\n", .space), ("a.\u{7f}", .space), ("a*", .wildcardInToken),
      ("a.b>", .wildcardInToken),
      ("**", .wildcardInToken), (">.a", .restNotLast), ("a.>.>", .restNotLast),
    ] as [(String, InvalidTopic.Problem)])
  func invalidPatterns(_ pattern: String, _ problem: InvalidTopic.Problem) async throws {
    let error = InvalidTopic(topic: pattern, problem: problem)
    #expect(throws: error) { try TopicPattern(pattern) }
    let subscription = PubSub<Int>().subscribe(pattern)
    await #expect(throws: error) { try await subscription.receive() }
    #expect(throws: error) { try subscription.tryReceive() }
    #expect(error.description.contains("\"\(pattern)\""))
  }

  @Test func aTopicHasNoWildcards() async throws {
    for topic in ["a.*", ">"] {
      await #expect(throws: InvalidTopic(topic: topic, problem: .wildcard)) {
        try await PubSub<Int>().publish(1, to: topic)
      }
    }
  }

  @Test func routesFollowNewSubscriptions() async throws {
    let bus = PubSub<Int>()
    #expect(try await bus.publish(1, to: "a.b") == 0)
    let wide = bus.subscribe("a.*")
    #expect(try await bus.publish(2, to: "a.b") == 1)
    let exact = bus.subscribe("a.b", group: "g")
    #expect(try await bus.publish(3, to: "a.b") == 2)
    bus.unsubscribe(wide)
    #expect(try await bus.publish(4, to: "a.b") == 1)
    #expect(exact.count == 2 && wide.isClosed)
  }

  @Test func patternsWithoutSubscribersGo() async throws {
    let bus = PubSub<Int>()
    let stays = bus.subscribe("user.stays")
    for user in 0..<10_000 { #expect(bus.subscribe("user.\(user)").capacity == 16) }
    for user in 0..<3000 { #expect(try await bus.publish(1, to: "user.\(user)") == 0) }
    #expect(try await bus.publish(1, to: "user.stays") == 1)
    #expect(stays.count == 1)
  }

  @Test func aReleasedSubscriptionIsNotServed() async throws {
    let bus = PubSub<Int>()
    var subscription: Subscription<Int>? = bus.subscribe("a")
    #expect(try await bus.publish(1, to: "a") == 1)
    #expect(subscription?.count == 1)
    subscription = nil
    #expect(try await bus.publish(2, to: "a") == 0)
  }

  @Test func unsubscribingDuringPublishing() async throws {
    try await simulated(seeds: 0..<30) {
      let bus = PubSub<Int>()
      let undelivered = AtomicInteger()
      let subscriptions = (0..<8).map { _ in
        bus.subscribe("a.*", buffer: 1) { _, _ in undelivered.add(1) }
      }
      let publishing = spawn { for number in 0..<20 { try await bus.publish(number, to: "a.b") } }
      try await withScope { scope in
        for (index, subscription) in subscriptions.enumerated() {
          scope.spawn {
            for _ in 0..<index { _ = try await subscription.receive() }
            bus.unsubscribe(subscription)
          }
        }
      }
      _ = try await publishing.value
      let ledgers = subscriptions.map(\.ledger)
      for ledger in ledgers { #expect(ledger.isBalanced) }
      #expect(ledgers.map(\.received).reduce(0, +) == 28)
      #expect(ledgers.map(\.undelivered).reduce(0, +) == undelivered.load())
    }
  }

  @Test func aCallbackMayUseItsBus() async throws {
    let bus = PubSub<Int>()
    let subscription = bus.subscribe("a", buffer: 1, policy: .dropNewest) { _, _ in
      _ = bus.subscribe("b")
      bus.close()
    }
    try await bus.publish(1, to: "a")
    try await bus.publish(2, to: "a")
    await #expect(throws: MessagingClosed(subject: "pub/sub")) { try await bus.publish(3, to: "a") }
    #expect(try await subscription.receive() == 1)
    #expect(try await subscription.receive() == nil)
  }

  @Test func aCancelledPublisherLeavesNoTrace() async throws {
    for home in Home.allCases {
      try await simulated {
        let bus = PubSub<Int>()
        let undelivered = Recorder<Int>()
        let (one, two) = (
          bus.subscribe("a", buffer: 1) { number, _ in undelivered.add(number) },
          bus.subscribe("*", buffer: 1) { number, _ in undelivered.add(number) }
        )
        try await bus.publish(1, to: "a")
        let result = try await home.cancelling { try await bus.publish(2, to: "a") }
        #expect(result.isCancellation)
        #expect(undelivered.values == [2, 2])
        for subscription in [one, two] {
          #expect(subscription.ledger == ChannelLedger(sent: 2, buffered: 1, undelivered: 1))
        }
        // Served, then cancelled: the first has room again in the very step in which the publisher is cancelled.
        let served = try await home.cancelling(after: { _ = try? one.tryReceive() }) {
          try await bus.publish(3, to: "a")
        }
        #expect(served.isCancellation)
        #expect(one.ledger.isBalanced && one.ledger.buffered == 1)
      }
    }
  }

  @Test func groupsPreferThoseWithRoom() async throws {
    try await simulated {
      let bus = PubSub<Int>()
      let (slow, fast) = (
        bus.subscribe("a", group: "g", buffer: 1), bus.subscribe("a", group: "g", buffer: 8)
      )
      for number in 1...9 { try await bus.publish(number, to: "a") }
      #expect(slow.count == 1 && fast.count == 8)
      let waiting = spawn { try await bus.publish(10, to: "a") }
      try await settle()
      _ = try await slow.receive()
      _ = try await fast.receive()
      try await settle()
      slow.unsubscribe()
      #expect(try await waiting.value == 1)
    }
  }

  @Test(arguments: [2, 8])
  func onRealWorkers(_ workers: Int) async throws {
    try await onWorkers(workers) {
      let bus = PubSub<Int>()
      let sums = Recorder<Int>()
      let subscriptions = (0..<16).map { bus.subscribe($0 % 2 == 0 ? "a.*" : "a.>") }
      let readers = subscriptions.map { subscription in
        spawn {
          var sum = 0
          while let number = try await subscription.receive() { sum += number }
          sums.add(sum)
        }
      }
      try await withScope { scope in
        for _ in 0..<4 {
          scope.spawn {
            for number in 1...500 {
              try await bus.publish(number, to: "a.b")
              if number % 50 == 0 { bus.subscribe("a.\(number)").unsubscribe() }
            }
          }
        }
      }
      bus.close()
      for reader in readers { try await reader.value }
      #expect(sums.values == Array(repeating: 4 * 125_250, count: 16))
    }
  }
}
