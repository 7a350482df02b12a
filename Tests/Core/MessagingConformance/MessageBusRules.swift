import Revoada

/// What every ``MessageBus`` must do.
package enum MessageBusRules {
  package typealias Bus = any MessageBus<Int>

  private static func subscribe(
    _ bus: Bus, _ pattern: String, group: String? = nil, buffer: Int = 16, policy: SubscriptionPolicy = .block
  ) throws -> Subscription<Int> {
    bus.subscribe(
      try TopicPattern(pattern), group: group, buffer: buffer, policy: policy, onUndelivered: nil)
  }

  /// What a subscription has received, once nothing more comes.
  private static func received(_ subscription: Subscription<Int>, _ traits: Traits) async throws -> [Int] {
    try await sleep(for: traits.tick * 2)
    var all: [Int] = []
    while case .received(let message) = try subscription.tryReceive() { all.append(message) }
    return all
  }

  /// In memory a publish says how many it reached; elsewhere it may not know.
  private static func expectReach(_ count: Int?, _ expected: Int, line: UInt = #line) throws {
    if let count { try expect(count, is: expected, "receivers", line: line) }
  }

  package static let all: [Rule<Bus>] = [
    Rule("every subscriber of a topic receives every message, in order") { bus, traits in
      let all = try (0..<3).map { _ in try subscribe(bus, "events") }
      let other = try subscribe(bus, "logs")
      for message in 1...5 { try expectReach(try await bus.publish(message, to: "events"), 3) }
      for subscription in all { try expect(try await received(subscription, traits), is: [1, 2, 3, 4, 5]) }
      try expect(try await received(other, traits), is: [])
    },
    Rule("* stands for one part, > for one or more") { bus, traits in
      let (one, rest) = (try subscribe(bus, "logs.*.db"), try subscribe(bus, "logs.>"))
      try expectReach(try await bus.publish(1, to: "logs"), 0)
      try expectReach(try await bus.publish(2, to: "logs.app"), 1)
      try expectReach(try await bus.publish(3, to: "logs.app.db"), 2)
      try expectReach(try await bus.publish(4, to: "logs.app.db.slow"), 1)
      try expect(try await received(one, traits), is: [3])
      try expect(try await received(rest, traits), is: [2, 3, 4])
    },
    Rule("a subscription that comes later misses what was before") { bus, traits in
      _ = try await bus.publish(1, to: "a.b")
      let late = try subscribe(bus, "a.*")
      _ = try await bus.publish(2, to: "a.b")
      try expect(try await received(late, traits), is: [2])
    },
    Rule("members of a group share the messages") { bus, traits in
      let members = try (0..<3).map { _ in try subscribe(bus, "jobs.*", group: "workers") }
      let watcher = try subscribe(bus, "jobs.*")
      for message in 1...9 { try expectReach(try await bus.publish(message, to: "jobs.new"), 2) }
      var shared: [Int] = []
      for member in members {
        let part = try await received(member, traits)
        try expect(part.isEmpty, is: false, "idle member")
        shared += part
      }
      try expect(shared.sorted(), is: Array(1...9))
      try expect(try await received(watcher, traits), is: Array(1...9))
    },
    Rule("a group goes on without a member that has left") { bus, traits in
      let (stays, leaves) = (try subscribe(bus, "a", group: "g"), try subscribe(bus, "a", group: "g"))
      leaves.unsubscribe()
      for message in 1...4 { _ = try await bus.publish(message, to: "a") }
      try expect(try await received(stays, traits), is: [1, 2, 3, 4])
    },
    Rule("who has unsubscribed receives nothing") { bus, traits in
      let (stays, leaves) = (try subscribe(bus, "a"), try subscribe(bus, "a"))
      leaves.unsubscribe()
      try expectReach(try await bus.publish(1, to: "a"), 1)
      try expect(try await leaves.receive(), is: nil)
      try expect(try await received(stays, traits), is: [1])
    },
    Rule("a slow subscriber delays nobody else") { bus, traits in
      let (slow, fast) = (try subscribe(bus, "a.*", buffer: 1), try subscribe(bus, "a.b", buffer: 8))
      let publishing = spawn { for message in 1...3 { _ = try await bus.publish(message, to: "a.b") } }
      var got: [Int?] = [try await fast.receive(timeout: traits.tick * 10)]
      got.append(try await fast.receive(timeout: traits.tick * 10))
      try expect(got, is: [1, 2])
      try expect(try await slow.receive(), is: 1)
      try expect(try await slow.receive(), is: 2)
      try expect(try await slow.receive(), is: 3)
      try await publishing.value
    },
    Rule("each subscriber drops as it chose") { bus, traits in
      let oldest = try subscribe(bus, "a", buffer: 2, policy: .dropOldest)
      let newest = try subscribe(bus, "a", buffer: 2, policy: .dropNewest)
      for message in 1...4 { _ = try await bus.publish(message, to: "a") }
      try expect(try await received(oldest, traits), is: [3, 4])
      try expect(try await received(newest, traits), is: [1, 2])
      try expect(oldest.ledger.isBalanced && newest.ledger.isBalanced, is: true)
    },
    Rule("a topic to publish to must be well-formed") { bus, _ in
      for topic in ["", ".", "a..b", "a.*", ">", "a b"] {
        try await expect("publishing to \"\(topic)\"", throws: { $0 is InvalidTopic }) {
          _ = try await bus.publish(1, to: topic)
        }
      }
    },
    Rule("closing ends every subscription after what is buffered") { bus, traits in
      let subscription = try subscribe(bus, "a.>")
      _ = try await bus.publish(1, to: "a.b")
      try await sleep(for: traits.tick)
      bus.close()
      bus.close()
      try expect(try await subscription.receive(), is: 1)
      try expect(try await subscription.receive(), is: nil)
      try expect(try await subscribe(bus, "a").receive(), is: nil)
      try await expect("publishing", throws: { $0 is MessagingClosed }) {
        _ = try await bus.publish(2, to: "a.b")
      }
    },
  ]
}
