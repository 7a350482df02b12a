import CoreTestSupport
import Revoada
import Testing

/// The examples of diagnostics.
@Suite(.timeLimit(.minutes(10)))
struct DiagnosticsExamples {
  @Sendable private func ask(_ question: String) async throws -> String { "nothing" }
  @Sendable private func handleRequest() async throws {}

  @Test func whoWaits() async throws {
    try await simulated {
      let registry = WaitRegistry()
      for wait in registry.graph().waits { print(wait) }
    }
  }

  @Test func named() async throws {
    let accounts = AsyncMutex([String: Int](), name: "accounts")
    let orders = Channel<Int>(capacity: 100, name: "orders")
    let connections = Semaphore(permits: 10, name: "connections")
    #expect(connections.available == 10)
    #expect(orders.count == 0)
    #expect(accounts.withLockIfAvailable { $0.count } == 0)
  }

  @Test func detecting() async throws {
    let detector = DeadlockDetector(checkInterval: .seconds(1), timeout: .seconds(10))
    detector.onDeadlock { report in print(report) }
    try detector.start()
    detector.stop()
  }

  @Test func declaredSenders() async throws {
    let results = Channel<Int>(name: "results")
    let producer = spawn(name: "producer") { try await results.send(42) }
    results.onlySenders([producer])
    let result = try await results.receive()
    #expect(result == 42)
  }

  @Test func declaredCounters() async throws {
    let ready = CountDownLatch(1, name: "ready")
    let loader = spawn(name: "loader") { ready.countDown() }
    ready.onlyCountedDown(by: [loader])
    try await ready.wait()
    #expect(ready.count == 0)
  }

  @Test func leaks() async throws {
    try await withLeakCheck {
      let answer = try await ask("anything")
      #expect(answer == "nothing")
    }
    let check = LeakCheck()
    try await check.watch { try await handleRequest() }
    for leak in await check.leaks(after: .seconds(1)) { print(leak) }
    #expect(check.leaks.isEmpty)
  }

  @Test func profiling() async throws {
    let profiler = Profiler()
    profiler.start()
    try await withScope { scope in
      for _ in 0..<10 { scope.spawn { try await sleep(for: .milliseconds(5)) } }
    }
    print(profiler.stats.completed, profiler.stats.p95Lifetime)
    profiler.stop()
    #expect(profiler.stats.totalCreated >= 10)
  }

  @Test func ownWaiters() throws {
    final class Interpreter: WaitSource {
      func snapshots() -> [WaitSnapshot] {
        let printer = WaitObject("waits for device", name: "printer", identity: 1)
        return [
          WaitSnapshot(
            id: WaiterID(source: 1, number: 7), name: "report", place: "waiting at report.lua:3",
            cases: [WaitCase(printer, endedBy: .holders([.goroutine(12)]))], wait: 1)
        ]
      }
    }
    let detector = DeadlockDetector(sources: [Interpreter()])
    #expect(detector.check().isEmpty)
  }
}
