import CoreMetrics
import CoreTestSupport
import MetricsTestKit
import Revoada
import Testing

/// What the family reports to metrics.
@Suite(.timeLimit(.minutes(10)))
struct MessagingInstrumentsTests {
  struct Broken: Error {}

  private func measured(_ body: @escaping @Sendable () async throws -> Void) async throws -> TestMetrics {
    let metrics = TestMetrics()
    try await withMetricsFactory(metrics) { try await Simulation(seed: 1).run(body) }
    return metrics
  }

  @Test func aQueueCountsItsItems() async throws {
    let metrics = try await measured {
      let queue = WorkQueue<Int>(name: "mail", maxRetries: 1)
      queue.process { item in
        try await sleep(for: .milliseconds(10))
        if item == 2 { throw Broken() }
      }
      for item in 1...3 { try await queue.enqueue(item, key: "\(item)") }
      try await queue.enqueue(3, key: "3")
      try await queue.wait()
    }
    let name = [("name", "mail")]
    func total(_ what: String) throws -> Int64 {
      try metrics.expectCounter("revoada_work_queue_\(what)", name).totalValue
    }
    #expect(try total("enqueued") == 3)
    #expect(try total("duplicates") == 1)
    #expect(try total("completed") == 2)
    #expect(try total("retries") == 1)
    #expect(try total("dead") == 1)
    #expect(try metrics.expectTimer("revoada_work_queue_run_seconds", name).values.count == 4)
  }

  @Test func aBusCountsItsMessages() async throws {
    let metrics = try await measured {
      let bus = PubSub<Int>(name: "news")
      let subscriptions = [bus.subscribe("a.*"), bus.subscribe("a.>")]
      for topic in ["a.b", "a.b.c", "b"] { try await bus.publish(1, to: topic) }
      withExtendedLifetime(subscriptions) {}
    }
    let name = [("name", "news")]
    #expect(try metrics.expectCounter("revoada_pub_sub_published", name).totalValue == 3)
    #expect(try metrics.expectCounter("revoada_pub_sub_delivered", name).totalValue == 3)
    #expect(try metrics.expectCounter("revoada_pub_sub_unheard", name).totalValue == 1)
    #expect(try metrics.expectMeter("revoada_pub_sub_patterns", name).values.last == 2)
  }

  @Test func aServiceCountsItsRequests() async throws {
    let metrics = try await measured {
      let service = RequestReply<Int, Int>(name: "prices")
      _ = try? await service.request(0)
      service.serve { number in
        try await sleep(for: .seconds(number))
        return number
      }
      _ = try await service.request(1)
      _ = try? await service.request(2, timeout: .seconds(1))
      await service.close()
    }
    let name = [("name", "prices")]
    for what in ["answered", "timed_out", "refused", "late_replies"] {
      #expect(try metrics.expectCounter("revoada_request_reply_\(what)", name).totalValue == 1)
    }
    let waits = try metrics.expectTimer("revoada_request_reply_wait_seconds", name).values
    // To the millisecond: timers fire at the next tick of their wheel.
    #expect(waits.map { $0 / 1_000_000 } == [1_000, 1_000])
  }
}
