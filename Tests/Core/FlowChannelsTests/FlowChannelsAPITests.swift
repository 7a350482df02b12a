import Revoada
import Testing

/// The uses that the documentation shows, as a program would write them.
@Suite(.timeLimit(.minutes(10)))
struct FlowChannelsAPITests {
  @Test func channelsReadAsDocumented() async throws {
    let newest = Channel<Int>(
      capacity: 3, overflow: .dropOldest, onUndelivered: { element, reason in _ = (element, reason) })
    let urgent = PriorityChannel<String>(capacity: 10)
    try await urgent.send("now", priority: 10)
    let news = Broadcaster<String>()
    let reader = news.subscribe(buffer: 16, policy: .dropOldest, replay: 2)
    try await news.broadcast("hi")
    #expect(try await reader.receive() == "hi")
    _ = newest.debounced(for: .milliseconds(50))
    _ = newest.throttled(every: .milliseconds(50))
    _ = merge([newest, newest])
    #expect(try await urgent.receive() == "now")
  }
}
