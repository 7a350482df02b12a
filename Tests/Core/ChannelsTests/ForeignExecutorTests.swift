import CoreTestSupport
import Revoada
import Testing

/// Tasks that are no goroutines, on executors that are not ours.
@Suite(.timeLimit(.minutes(10)))
struct ForeignExecutorTests {
  /// A wait begins with the channel's lock held. Were it to change executors before it lets go, those who wait for the lock would block
  /// the workers that the change needs.
  @Test func aReceiverOnTheMainActorBlocksNoSender() async throws {
    _ = installedScheduler
    let channel = Channel<Int>(capacity: 1)
    for _ in 0..<4 {
      spawn { for number in 0..<2000 { try await channel.send(number) } }
    }
    let count = try await Task { @MainActor in
      var count = 0
      while count < 8000, try await channel.receive() != nil { count += 1 }
      return count
    }.value
    #expect(count == 8000)
  }
}
