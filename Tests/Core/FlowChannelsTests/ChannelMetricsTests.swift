import CoreMetrics
import MetricsTestKit
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ChannelMetricsTests {
  @Test func dropsAndBroadcastsAreMeasured() async throws {
    let metrics = TestMetrics()
    try await withMetricsFactory(metrics) {
      let news = Broadcaster<Int>(name: "news")
      let slow = news.subscribe(buffer: 1, policy: .dropOldest)
      for number in 1...4 { try await news.broadcast(number) }
      #expect(slow.count == 1)
    }
    let broadcasts = try metrics.expectCounter("revoada_broadcaster_broadcasts", [("name", "news")])
    #expect(broadcasts.totalValue == 4)
    let dropped = try metrics.expectCounter(
      "revoada_broadcaster_dropped", [("name", "news"), ("policy", "dropOldest")])
    #expect(dropped.totalValue == 3)
  }
}
