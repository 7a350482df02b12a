import CoreTestSupport
import Revoada
import Testing

/// The uses that are promised, word for word.
@Suite(.timeLimit(.minutes(10)))
struct MessagingAPITests {
  @Test func messaging() async throws {
    try await simulated {
      let bus = PubSub<String>()
      let events = bus.subscribe("events.*"); try await bus.publish("hi", to: "events.login");
      _ = try await events.receive()
      let queue = WorkQueue<Int>(name: "mail", workers: 10, maxRetries: 3)
      queue.process { item in _ = item }
      try await queue.enqueue(1); try await queue.wait()
      await queue.close()
      for try await dead in queue.deadLetters { _ = (dead.item, dead.error, dead.attempts) }
      #expect(try await queue.ledger().completed == 1)
    }
  }
}
