import CoreTestSupport
import Revoada
import Testing

/// The examples of the messaging's documentation, line for line.
@Suite(.timeLimit(.minutes(10)))
struct MessagingExamples {
  @Test func patterns() throws {
    let errors = try TopicPattern("orders.*.failed")
    #expect(errors.matches("orders.4711.failed"))
    #expect(!errors.matches("orders.failed"))
    #expect(try TopicPattern("logs.>").matches("logs.app.db"))
  }

  @Test func publishing() async throws {
    func print(_ text: String) { #expect(text == "hi") }
    let bus = PubSub<String>()
    let events = bus.subscribe("events.*")
    try await bus.publish("hi", to: "events.login")
    print(try await events.receive() ?? "closed")

    let workers = (1...3).map { _ in bus.subscribe("jobs.>", group: "workers", policy: .dropOldest) }
    try await bus.publish("one", to: "jobs.new")
    #expect(workers.map(\.count).reduce(0, +) == 1)
  }

  @Test(.virtualTime) func asking() async throws {
    let prices = RequestReply<String, Int>(name: "prices")
    prices.serve { article in article.count * 100 }
    let price = try await prices.request("hammer", timeout: .seconds(1))
    #expect(price == 600)
  }

  struct Refused: Error {}

  @Test func working() async throws {
    let isBroken = AtomicInteger(1)
    @Sendable func send(_ item: Int) async throws {
      if item == 1, isBroken.load() == 1 { throw permanent(Refused()) }
    }
    try await simulated(seeds: 0..<1) {
      isBroken.store(1)
      func print(_ item: Int, _ error: any Error, _ attempts: Int) {
        #expect(item == 1 && error is Refused && attempts == 1)
      }
      let queue = WorkQueue<Int>(name: "mail", workers: 10, maxRetries: 3)
      queue.process { item in try await send(item) }
      try await queue.enqueue(1)
      try await queue.wait()

      isBroken.store(0)
      try await queue.deadLetters.replay()
      try await queue.wait()
      isBroken.store(1)
      try await queue.enqueue(1)
      try await queue.enqueue(2, delay: .seconds(60), priority: 5, key: "invoice 2", lane: "tenant 7")
      await queue.close()
      for try await dead in queue.deadLetters { print(dead.item, dead.error, dead.attempts) }
      #expect(try await queue.ledger().completed == 2)
    }
  }

  @Test func claiming() async throws {
    let failures = AtomicInteger()
    @Sendable func send(_ item: Int) async throws { if failures.add(1) == 1 { throw Refused() } }
    try await simulated(seeds: 0..<1) {
      let queue = WorkQueue<Int>(name: "mail")
      try await queue.enqueue(1)
      await queue.close()
      while let delivery = try await queue.claim(lease: .seconds(30)) {
        do {
          try await send(delivery.item)
          try await delivery.ack()
        } catch { try await delivery.nak(delay: .seconds(5), error: error) }
      }
      let ledger = try await queue.ledger()
      #expect(ledger.completed == 1 && ledger.retries == 1)
    }
  }
}
