import CoreTestSupport
import MessagingConformance
import Revoada
import Testing

/// The backends in memory keep all rules.
@Suite(.timeLimit(.minutes(10)))
struct ConformanceTests {
  @Test(arguments: WorkStoreRules.all + DeadLetterRules.all)
  func theStoreInMemory(_ rule: Rule<any WorkStore<Int>>) async throws {
    try await simulated { try await rule.check(MemoryWorkStore<Int>(name: "store"), Traits()) }
  }

  @Test(arguments: MessageBusRules.all)
  func theBusInMemory(_ rule: Rule<any MessageBus<Int>>) async throws {
    try await simulated { try await rule.check(MemoryBus<Int>(), Traits()) }
  }

  @Test(arguments: RequestTransportRules.all)
  func theTransportInMemory(_ rule: Rule<any RequestTransport<Int, String>>) async throws {
    try await simulated { try await rule.check(MemoryRequestTransport<Int, String>(name: "r"), Traits()) }
  }
}
