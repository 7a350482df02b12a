import CoreTestSupport
import Revoada
import Testing

@testable import RevoadaChannels

/// A channel counts what passes: nothing is lost and nothing doubled.
@Suite(.timeLimit(.minutes(10)))
struct LedgerTests {
  @Test(arguments: [OverflowPolicy.suspend, .dropOldest, .dropNewest, .fail], [2, 8])
  func sentEqualsReceivedBufferedAndDropped(policy: OverflowPolicy, workers: Int) async throws {
    let dropped = AtomicInteger()
    let channel = Channel<Int>(capacity: 3, overflow: policy) { _, reason in
      if reason != .abandoned { dropped.add(1) }
    }
    let accepted = AtomicInteger()
    let received = AtomicInteger()
    try await onWorkers(workers) {
      try await withScope { scope in
        for _ in 0..<4 {
          scope.spawn {
            for number in 0..<300 {
              if case .sent = await channel.offer(number) { accepted.add(1) }
            }
          }
        }
        // Fewer than what is sent under `suspend`, which would wait for more.
        for _ in 0..<2 {
          scope.spawn {
            for _ in 0..<599 {
              if policy == .suspend {
                if try await channel.receive() != nil { received.add(1) }
              } else if case .received = channel.tryReceive() {
                received.add(1)
              }
            }
          }
        }
      }
    }
    let state = channel.state.pointee
    #expect(state.sent == accepted.load())
    #expect(state.received == received.load())
    #expect(state.dropped == dropped.load())
    #expect(state.sent == state.received + state.dropped + channel.count)
    #expect(state.senders.isEmpty && state.receivers.isEmpty)
  }
}
