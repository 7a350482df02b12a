import CoreTestSupport
import Revoada
@testable import RevoadaResilience
import Testing

@Suite(.timeLimit(.minutes(10)))
struct AdaptiveLimiterTests {
  @Test func additiveIncreaseMultiplicativeDecrease() {
    var state = AdaptiveState(.aimd(backoff: 0.5), initial: 10, minimum: 2, maximum: 12)
    state.succeeded(after: 1, running: 4)
    #expect(state.limit == 10)  // the limit was not used
    for _ in 0..<10 { state.succeeded(after: 1, running: 9) }
    #expect(Int(state.limit) == 10)
    state.succeeded(after: 1, running: 9)
    #expect(Int(state.limit) == 11)  // one more after a round
    for _ in 0..<90 { state.succeeded(after: 1, running: 9) }
    #expect(state.limit == 12)
    for start in Int64(0)..<10 { state.dropped(start: start, now: 10) }
    #expect(state.limit == 6)  // one round, one decrease
    for round in Int64(1)..<6 { state.dropped(start: round * 10, now: round * 10 + 5) }
    #expect(state.limit == 2)
  }

  @Test func theGradientFollowsTheLatency() {
    var state = AdaptiveState(.gradient(), initial: 20, minimum: 1, maximum: 200)
    for _ in 0..<300 { state.succeeded(after: 1_000, running: Int(state.limit)) }
    #expect(state.limit == 200)  // nothing queues: all the service may have
    for _ in 0..<40 { state.succeeded(after: 10_000, running: Int(state.limit)) }
    #expect(state.limit < 40)  // ten times slower
    for _ in 0..<4_000 { state.succeeded(after: 1_000, running: Int(state.limit)) }
    #expect(state.limit == 200)
  }

  /// A service that takes ten calls at a time; more of them queue up inside.
  @Test(arguments: [AdaptiveAlgorithm.gradient(), .aimd()])
  func itFindsWhatAServiceCanTake(algorithm: AdaptiveAlgorithm) async throws {
    try await simulated(seeds: 0..<3) {
      let limiter = AdaptiveLimiter(
        name: "search", algorithm: algorithm, initial: 100, maximum: 400, queue: nil)
      let service = Semaphore(permits: 10)
      let limits = Recorder<Int>()
      try await withScope { scope in
        for _ in 0..<200 {
          scope.spawn {
            for _ in 0..<30 {
              _ = try? await limiter.execute {
                try await withTimeout(.milliseconds(60)) {
                  try await service.withPermits(1) { try await sleep(for: .milliseconds(10)) }
                }
              }
              limits.add(limiter.limit)
            }
          }
        }
      }
      let settled = limits.values.suffix(1_000)
      #expect(settled.allSatisfy { $0 < 100 })
      #expect(settled.allSatisfy { $0 >= 5 })
      let stats = limiter.stats
      #expect(stats.completed == 6_000 && stats.running == 0 && stats.waiting == 0)
    }
  }

  @Test func otherErrorsAndCancellationTeachNothing() async throws {
    struct Broken: Error {}
    let limiter = AdaptiveLimiter(name: "search", algorithm: .aimd(), initial: 8)
    for _ in 0..<20 {
      _ = try? await limiter.execute { throw Broken() }
      _ = try? await limiter.execute { throw CancellationError() }
    }
    #expect(limiter.limit == 8)
    _ = try? await limiter.execute { throw TimedOut(limit: .seconds(1)) }
    #expect(limiter.limit == 7)
  }

  @Test(arguments: [
    AdaptiveLimiter(name: "x", initial: 0), AdaptiveLimiter(name: "x", minimum: 0),
    AdaptiveLimiter(name: "x", initial: 5, minimum: 4, maximum: 3), AdaptiveLimiter(name: "x", queue: -1),
    AdaptiveLimiter(name: "x", algorithm: .aimd(backoff: 1)),
    AdaptiveLimiter(name: "x", algorithm: .gradient(tolerance: .nan)),
  ]) func wrongSettingsLetNothingThrough(limiter: AdaptiveLimiter) async {
    #expect(throws: InvalidSetting.self) { try limiter.validate() }
    await #expect(throws: InvalidSetting.self) { try await limiter.execute { Issue.record("ran") } }
  }
}
