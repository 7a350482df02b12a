import CoreTestSupport
import Revoada
@testable import RevoadaResilience
import Testing

/// What the tests ask of a breaker.
protocol BreakerUnderTest: Sendable {
  func attempt(_ body: @escaping @Sendable () async throws -> Void) async throws
  var isOpen: Bool { get }
}
extension CircuitBreaker: BreakerUnderTest {
  func attempt(_ body: @escaping @Sendable () async throws -> Void) async throws { try await call(body) }
  var isOpen: Bool { state == .open }
}

/// Random calls from many goroutines, compared step by step with a sequential model.
@Suite(.timeLimit(.minutes(10)))
struct BreakerModelTests {
  struct Down: Error {}

  /// A breaker for consecutive failures, written as plainly as can be: it keeps all that happened.
  struct Model {
    let threshold: Int, openFor: Duration, probes: Int, halfOpenFor: Duration
    var state = "closed"
    var since = Duration.zero
    var epoch = 0
    var results: [Bool] = []
    var running: [(id: Int, began: Duration)] = []

    mutating func enter(_ next: String, at time: Duration) {
      (state, since, epoch, results, running) = (next, time, epoch + 1, [], [])
    }

    mutating func settle(_ now: Duration) {
      if state == "half-open", let first = running.first?.began, now >= first + halfOpenFor {
        enter("open", at: first + halfOpenFor)
      }
      if state == "open", now >= since + openFor { enter("half-open", at: since + openFor) }
    }
    /// The epoch of an admitted call.
    mutating func begin(_ id: Int, _ now: Duration) -> Int? {
      settle(now)
      if state == "open" || state == "half-open" && running.count >= probes { return nil }
      running.append((id, now))
      return epoch
    }
    mutating func end(_ id: Int, _ epoch: Int, _ success: Bool?, _ now: Duration) {
      settle(now)
      guard epoch == self.epoch else { return }
      // The time for a verdict counts from when there was no probe.
      let oldest = running.first!.began
      running.removeAll { $0.id == id }
      if !running.isEmpty { running[0].began = oldest }
      guard let success else { return }
      results.append(success)
      if state == "closed", results.count >= threshold, !results.suffix(threshold).contains(true) {
        enter("open", at: now)
      }
      if state == "half-open", !success { enter("open", at: now) }
      if state == "half-open", results.count >= probes { enter("closed", at: now) }
    }
  }

  static func differences(
    seed: UInt64, _ make: @escaping @Sendable (Model) -> any BreakerUnderTest
  ) async throws -> [String] {
    try await Simulation(seed: seed).run {
      var generator = SeededGenerator(seed: seed)
      let plan = Model(
        threshold: .random(in: 1...4, using: &generator),
        openFor: .milliseconds(Int.random(in: 20...60, using: &generator)),
        probes: .random(in: 1...3, using: &generator),
        halfOpenFor: .milliseconds(Int.random(in: 10...60, using: &generator)))
      let breaker = make(plan)
      let model = Shared(plan)
      let differences = Recorder<String>()
      try await withScope { scope in
        for worker in 0..<6 {
          scope.spawn {
            var generator = SeededGenerator(seed: seed &* 1_000 &+ UInt64(worker))
            for round in 0..<40 {
              let id = worker * 100 + round
              let pause = Duration.microseconds(Int.random(in: 0...9_000, using: &generator))
              let duration = Duration.microseconds(
                Int.random(in: 0..<8, using: &generator) == 0
                  ? 90_000 : Int.random(in: 0...6_000, using: &generator))
              // Long stretches of success and of failure, by the time of the day.
              let phase = Int(Simulation.elapsed / .milliseconds(80)) % 2
              let kind = Int.random(in: 0..<10, using: &generator)
              let success: Bool? = kind == 0 ? nil : phase == 0 ? kind > 1 : kind > 7
              try await sleep(for: pause)
              do {
                try await breaker.attempt {
                  let now = Simulation.elapsed
                  let admitted = model.withLock { $0.begin(id, now) }
                  if admitted == nil { differences.add("\(id) was let in at \(now)") }
                  if duration > .zero { try await sleep(for: duration) }
                  let end = Simulation.elapsed
                  if let admitted { model.withLock { $0.end(id, admitted, success, end) } }
                  guard let success else { throw CancellationError() }
                  if !success { throw Down() }
                }
              } catch is CircuitOpen {
                let now = Simulation.elapsed
                if model.withLock({ $0.begin(id, now) }) != nil {
                  differences.add("\(id) was refused at \(now)")
                  break
                }
              } catch {}
              let now = Simulation.elapsed
              let isOpen = model.withLock {
                $0.settle(now)
                return $0.state == "open"
              }
              if breaker.isOpen != isOpen { differences.add("open after \(id): \(!isOpen)") }
              if differences.values.count > 5 { break }
            }
          }
        }
      }
      return differences.values
    }
  }

  @Test(arguments: 0..<60) func theBreakerDoesWhatTheModelDoes(seed: UInt64) async throws {
    let differences = try await Self.differences(seed: seed) {
      CircuitBreaker(
        name: "model", threshold: $0.threshold, openFor: $0.openFor, halfOpenProbes: $0.probes,
        halfOpenFor: $0.halfOpenFor)
    }
    #expect(differences == [])
  }

  /// What one gets wrong in a breaker.
  enum Flaw: CaseIterable, Sendable {
    case admitsAllWhenHalfOpen, countsOldCalls, forgetsStuckProbes, losesProbesOfCancelledCalls
  }

  /// A breaker as it is often written, by means of the model, with one flaw.
  final class Broken: BreakerUnderTest {
    private let flaw: Flaw
    private let model: Shared<Model>
    init(_ flaw: Flaw, _ plan: Model) {
      self.flaw = flaw
      model = Shared(
        Model(
          threshold: plan.threshold, openFor: plan.openFor,
          probes: plan.probes,
          halfOpenFor: flaw == .forgetsStuckProbes ? .seconds(1_000) : plan.halfOpenFor))
    }
    var isOpen: Bool {
      let now = Simulation.elapsed
      return model.withLock {
        $0.settle(now)
        return $0.state == "open"
      }
    }
    private static let ids = AtomicInteger(1_000_000)

    func attempt(_ body: @escaping @Sendable () async throws -> Void) async throws {
      let (id, now) = (Self.ids.add(1), Simulation.elapsed)
      let epoch = model.withLock { model -> Int? in
        let epoch = model.begin(id, now)
        if epoch == nil, flaw == .admitsAllWhenHalfOpen, model.state == "half-open" {
          model.running.append((id, now))
          return model.epoch
        }
        return epoch
      }
      guard let epoch else { throw CircuitOpen(name: "broken", state: .open, remaining: nil) }
      func ended(_ success: Bool?) {
        let now = Simulation.elapsed
        model.withLock { model in
          model.settle(now)
          if flaw == .losesProbesOfCancelledCalls, success == nil { return }
          if flaw == .countsOldCalls, epoch != model.epoch {
            model.running.append((id, now))
            return model.end(id, model.epoch, success, now)
          }
          model.end(id, epoch, success, now)
        }
      }
      do { try await body() } catch {
        ended(error is CancellationError ? nil : false)
        throw error
      }
      ended(true)
    }
  }

  @Test(arguments: Flaw.allCases) func aBrokenBreakerIsCaught(flaw: Flaw) async throws {
    var caught = 0
    for seed in UInt64(0)..<20 {
      if try await !Self.differences(seed: seed, { Broken(flaw, $0) }).isEmpty { caught += 1 }
    }
    #expect(caught >= 5)
  }
}
