import Revoada

/// A shop: orders are announced on a bus, priced by a service, and delivered by a queue that tries again and keeps what failed.
@main struct Shop {
  struct Order: Sendable {
    let id: Int
    let article: String
  }
  struct NoStock: Error {}

  static func main() async throws {
    Scheduler.installGlobally()

    // Whoever is interested hears of orders, each in its own way.
    let bus = PubSub<Order>(name: "shop")
    let audit = bus.subscribe("orders.>", buffer: 100, policy: .dropOldest)
    let latest = bus.subscribe("orders.*.express", buffer: 1, policy: .dropOldest)

    // A question that needs an answer.
    let prices = RequestReply<String, Int>(name: "prices")
    prices.serve(limit: 4) { article in
      try await sleep(for: .milliseconds(5))
      return article.count * 100
    }

    // Work that must be done.
    let deliveries = WorkQueue<Order>(
      name: "deliveries", workers: 4, maxRetries: 2,
      backoff: .exponential(attempts: .max, initial: .milliseconds(5)))
    let attempts = AtomicInteger()
    let isEmpty = AtomicInteger(1)
    deliveries.process { order in
      if order.id % 3 == 0, attempts.add(1) < 3 { throw NoStock() }  // the truck is late: works later
      if order.id == 7, isEmpty.load() == 1 { throw permanent(NoStock()) }
      print("delivered order \(order.id): \(order.article)")
    }

    for id in 1...9 {
      let order = Order(id: id, article: ["hammer", "saw", "nail"][id % 3])
      let heard = try await bus.publish(order, to: id == 5 ? "orders.\(id).express" : "orders.\(id).usual")
      let price = try await prices.request(order.article, timeout: .seconds(1))
      print("order \(id) costs \(price), heard by \(heard ?? 0)")
      try await deliveries.enqueue(
        order, priority: id == 5 ? 10 : 0, key: "order \(id)", lane: order.article)
    }
    try await deliveries.wait()

    // What failed for good is looked at, repaired, and tried again.
    for letter in try await deliveries.deadLetters.peek() {
      print("order \(letter.item.id) failed: \(letter.error), attempts: \(letter.attempts)")
    }
    isEmpty.store(0)
    try await deliveries.deadLetters.replay()
    await deliveries.close()
    bus.close()

    var heard = 0
    for try await _ in audit { heard += 1 }
    let express = try await latest.receive()
    let ledger = try await deliveries.ledger()
    print("audited \(heard), express: \(express?.id ?? 0)")
    print("delivered \(ledger.completed), retried \(ledger.retries), replayed \(ledger.replayed)")
    await prices.close()
  }
}
