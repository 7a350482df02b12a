import CoreTestSupport
import Revoada
import Testing

/// What the tests ask of a limiter.
protocol LimiterUnderTest: Sendable {
  func acquire(_ count: Int) async throws
  func tryAcquire(_ count: Int) -> Bool
}
extension RateLimiter: LimiterUnderTest {}

/// Random operations from many goroutines, compared with a sequential model of a bucket and a queue.
@Suite(.timeLimit(.minutes(10)))
struct LimiterModelTests {
  /// What happened, in the order in which it did. Times in microseconds.
  enum Event: Sendable {
    case asked(Int, count: Int, at: Int64)
    case tried(count: Int, taken: Bool, at: Int64)
    case cancelled(Int, at: Int64)
  }

  /// One token each `step` milliseconds, at most `burst` saved.
  struct Model {
    let step: Int64
    let burst: Int64
    var level: Int64
    var time: Int64 = 0
    var queue: [(id: Int, count: Int64)] = []
    var granted: [Int: Int64] = [:]

    init(step: Int64, burst: Int64) {
      self.step = step * 1_000
      self.burst = burst
      level = burst * step * 1_000
    }

    mutating func advance(to now: Int64) {
      while let head = queue.first {
        let due = time + max(0, head.count * step - level)
        if due > now { break }
        pass(to: due)
        level -= head.count * step
        granted[head.id] = due
        queue.removeFirst()
      }
      pass(to: now)
    }
    private mutating func pass(to now: Int64) {
      level = min(burst * step, level + now - time)
      time = now
    }
  }

  /// Runs a random load and returns in what the limiter differs from the model.
  static func differences(
    seed: UInt64, _ make: @escaping @Sendable (_ step: Int, _ burst: Int) -> any LimiterUnderTest
  ) async throws -> [String] {
    try await Simulation(seed: seed).run {
      var generator = SeededGenerator(seed: seed)
      let (step, burst) = (Int.random(in: 1...4, using: &generator), Int.random(in: 1...6, using: &generator))
      let limiter = make(step, burst)
      let events = Recorder<Event>()
      let granted = Shared<[Int: Int64]>([:])
      @Sendable func now() -> Int64 { Int64(Simulation.elapsed / .microseconds(1)) }
      /// Whole milliseconds are for asking; cancelling and trying keep away from them, so that no tick of a timer matters.
      @Sendable func pause(_ milliseconds: Int, _ offset: Int) async throws {
        let target = (now() / 1_000 + Int64(milliseconds)) * 1_000 + Int64(offset)
        try await sleep(for: .microseconds(target - now()))
      }
      try await withScope { scope in
        for worker in 0..<8 {
          scope.spawn {
            var generator = SeededGenerator(seed: seed &* 1_000 &+ UInt64(worker))
            for round in 0..<12 {
              let (id, count) = (worker * 100 + round, Int.random(in: 1...burst, using: &generator))
              switch Int.random(in: 0..<4, using: &generator) {
              case 0:
                try await pause(Int.random(in: 1...20, using: &generator), 250)
                events.add(.tried(count: count, taken: limiter.tryAcquire(count), at: now()))
              case 1:
                try await pause(Int.random(in: 1...20, using: &generator), 0)
                let asking = spawn {
                  events.add(.asked(id, count: count, at: now()))
                  try await limiter.acquire(count)
                  granted.withLock { $0[id] = now() }
                }
                try await pause(Int.random(in: 0...10, using: &generator), 500)
                if granted.withLock({ $0[id] == nil }) {
                  asking.cancel()
                  events.add(.cancelled(id, at: now()))
                }
                _ = await asking.result
              default:
                try await pause(Int.random(in: 1...20, using: &generator), 0)
                events.add(.asked(id, count: count, at: now()))
                try await limiter.acquire(count)
                granted.withLock { $0[id] = now() }
              }
            }
          }
        }
      }
      return compare(Model(step: Int64(step), burst: Int64(burst)), events.values, granted.withLock { $0 })
    }
  }

  private static func compare(_ start: Model, _ events: [Event], _ granted: [Int: Int64]) -> [String] {
    var (model, differences) = (start, [String]())
    for event in events {
      switch event {
      case .asked(let id, let count, let time):
        model.advance(to: time)
        model.queue.append((id, Int64(count)))
        model.advance(to: time)
      case .tried(let count, let taken, let time):
        model.advance(to: time)
        let expected = model.queue.isEmpty && model.level >= Int64(count) * model.step
        if taken != expected { differences.append("tried \(count) at \(time): \(taken)") }
        if expected { model.level -= Int64(count) * model.step }
      case .cancelled(let id, let time):
        model.advance(to: time)
        model.queue.removeAll { $0.id == id }
        model.advance(to: time)
      }
    }
    model.advance(to: .max / 2)
    for id in Set(granted.keys).union(model.granted.keys).sorted() {
      switch (granted[id], model.granted[id]) {
      // Two ticks of the timer wheel.
      case (let one?, let other?) where abs(one - other) <= 100: break
      case (let one, let other): differences.append("\(id): granted \(one ?? -1), expected \(other ?? -1)")
      }
    }
    return differences
  }

  @Test(arguments: 0..<60) func theLimiterDoesWhatTheModelDoes(seed: UInt64) async throws {
    let differences = try await Self.differences(seed: seed) { step, burst in
      RateLimiter(rate: 1, per: .milliseconds(step), burst: burst)
    }
    #expect(differences == [])
  }

  /// What one gets wrong in a limiter.
  enum Flaw: CaseIterable, Sendable { case losesTokensOnCancel, barges, rounds, ignoresBurst }

  /// A limiter with one flaw: it looks every so often whether there are tokens.
  final class Broken: LimiterUnderTest {
    private let flaw: Flaw
    private let inner: RateLimiter
    init(_ flaw: Flaw, step: Int, burst: Int) {
      self.flaw = flaw
      inner = RateLimiter(
        rate: flaw == .rounds ? 1.02 : 1, per: .milliseconds(step),
        burst: flaw == .ignoresBurst ? burst + 1 : burst)
    }
    func tryAcquire(_ count: Int) -> Bool { inner.tryAcquire(count) }
    func acquire(_ count: Int) async throws {
      switch flaw {
      case .losesTokensOnCancel:
        do { try await inner.acquire(count) } catch {
          _ = try inner.reserve(count)
          throw error
        }
      case .barges: while !inner.tryAcquire(count) { try await sleep(for: .microseconds(50)) }
      case .rounds, .ignoresBurst: try await inner.acquire(count)
      }
    }
  }

  @Test(arguments: Flaw.allCases) func aBrokenLimiterIsCaught(flaw: Flaw) async throws {
    var caught = 0
    for seed in UInt64(0)..<10 {
      let differences = try await Self.differences(seed: seed) { Broken(flaw, step: $0, burst: $1) }
      if !differences.isEmpty { caught += 1 }
    }
    #expect(caught >= 5)
  }
}
