import CoreTestSupport
import Revoada
import Testing

/// Settings that make no sense are told at the first use, by an error that names them; nothing traps.
@Suite(.timeLimit(.minutes(10)))
struct ImpossibleSettingsTests {
  @Test(arguments: [-1, .min, .max, 1 << 30 + 1])
  func aChannelOfImpossibleCapacityIsClosed(capacity: Int) async throws {
    let channel = Channel<Int>(capacity: capacity)
    #expect(channel.isClosed && channel.capacity == 0)
    let fault = await #expect(throws: InvalidSetting.self) { try await channel.receive() }
    #expect(fault?.setting == "capacity" && fault?.value == "\(capacity)")
    let refusal = await #expect(throws: ChannelClosed<Int>.self) { try await channel.send(1) }
    #expect(refusal?.element == 1 && refusal?.cause as? InvalidSetting == fault)
    guard case .closed(1) = channel.trySend(1), case .closed = channel.tryReceive() else {
      Issue.record("it is closed")
      return
    }
  }

  @Test func anOverflowPolicyNeedsABuffer() async {
    let fault = await #expect(throws: InvalidSetting.self) {
      _ = try await Channel<Int>(overflow: .dropOldest).receive()
    }
    #expect(fault?.setting == "capacity")
    #expect("\(fault!)".contains("dropOldest"))
  }

  @Test(arguments: [Duration.zero, .seconds(-1)])
  func aTickerWithoutAnIntervalNeverTicks(interval: Duration) async {
    let ticker = Ticker(every: interval)
    let fault = await #expect(throws: InvalidSetting.self) { try await ticker.ticks.receive() }
    #expect(fault?.setting == "interval")
  }

  @Test func aScopeWithoutPlacesDoesNotStart() async {
    let fault = await #expect(throws: InvalidSetting.self) {
      try await withScope(limit: 0) { _ in Issue.record("must not run") }
    }
    #expect(fault?.setting == "limit")
  }
}
