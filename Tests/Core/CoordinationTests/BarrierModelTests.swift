import CoreTestSupport
import Revoada
import Testing

/// What the tests ask of a barrier.
protocol BarrierUnderTest: Sendable {
  func wait() async throws -> Bool
  func reset()
}
extension Barrier: BarrierUnderTest {}

/// Random arrivals, cancellations and resets, compared with a sequential model.
@Suite(.timeLimit(.minutes(10)))
struct BarrierModelTests {
  struct Model: SequentialModel {
    let parties: Int
    var waiting: [Int] = []
    var isBroken = false
    var ended: [Int: String] = [:]
    var withdrawn: Set<Int> = []

    init(parties: Int) { self.parties = parties }

    mutating func ask(_ id: Int, _ request: Void) {
      if isBroken { return ended[id] = Self.broken(.cancellation, parties) }
      waiting.append(id)
      if waiting.count == parties { return end { _ in "served" } }
      if withdrawn.contains(id) { withdraw(id) }
    }
    mutating func withdraw(_ id: Int) {
      withdrawn.insert(id)
      guard waiting.contains(id) else { return }
      isBroken = true
      end { [parties] in $0 == id ? "cancelled" : Self.broken(.cancellation, parties) }
    }
    mutating func reset() {
      isBroken = false
      end { [parties] _ in Self.broken(.reset, parties) }
    }
    private mutating func end(_ how: (Int) -> String) {
      for id in waiting { ended[id] = how(id) }
      waiting = []
    }
    private static func broken(_ cause: BarrierBroken.Cause, _ parties: Int) -> String {
      switch cause {
      case .cancellation: "the barrier of \(parties) parties is broken: one of them was cancelled"
      default: "the barrier of \(parties) parties was reset while some of them waited"
      }
    }
  }

  static func differences(
    seed: UInt64, _ make: @escaping @Sendable (Int) -> any BarrierUnderTest
  ) async throws -> [String] {
    try await Simulation(seed: seed).run {
      var generator = SeededGenerator(seed: seed)
      let parties = Int.random(in: 1...5, using: &generator)
      let (barrier, run) = (make(parties), ModelRun(Model(parties: parties)))
      for step in 0..<80 where run.differences.isEmpty {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0...6:
          for turn in 0..<Int.random(in: 1...3, using: &generator) {
            run.start(step * 10 + turn, ()) { _ = try await barrier.wait() }
          }
        case 7:
          // Served and cancelled in one step, or cancelled before it has come.
          run.start(step * 10, ()) { _ = try await barrier.wait() }
          if let id = (run.open + [step * 10]).randomElement(using: &generator) { run.cancel(id) }
        default:
          barrier.reset()
          run.withModel { $0.reset() }
        }
        try await run.compare("step \(step)")
      }
      try await run.end()
      return run.differences
    }
  }

  @Test(arguments: 0..<80) func theBarrierDoesWhatTheModelDoes(seed: UInt64) async throws {
    let differences = try await Self.differences(seed: seed) { Barrier(parties: $0) }
    #expect(differences == [])
  }

  /// What one gets wrong in a barrier.
  enum Flaw: CaseIterable, Sendable {
    case aCancelledPartyJustLeaves, opensForGood, resetForgetsWaiters, oneTooFew
  }

  final class Broken: BarrierUnderTest {
    let flaw: Flaw
    private let inner: Barrier
    private let latch: CountDownLatch
    init(_ flaw: Flaw, _ parties: Int) {
      self.flaw = flaw
      inner = Barrier(parties: flaw == .oneTooFew ? max(1, parties - 1) : parties)
      latch = CountDownLatch(parties)
    }
    func wait() async throws -> Bool {
      switch flaw {
      case .aCancelledPartyJustLeaves: _ = try await select { Arrive(inner) { true } }
      case .opensForGood:
        latch.countDown()
        try await latch.wait()
      default: return try await inner.wait()
      }
      return true
    }
    func reset() { if flaw != .resetForgetsWaiters { inner.reset() } }
  }

  @Test(arguments: Flaw.allCases) func aBrokenBarrierIsCaught(flaw: Flaw) async throws {
    let caught = try await caught(seeds: 0..<30) { seed in
      try await Self.differences(seed: seed) { Broken(flaw, $0) }
    }
    #expect(caught >= 5)
  }
}
