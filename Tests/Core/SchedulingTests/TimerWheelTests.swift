import CoreTestSupport
import Synchronization
import Testing

@testable import RevoadaScheduling

@Suite(.timeLimit(.minutes(10)))
struct TimerWheelTests {
  /// The length of a tick: entries are due at the first tick that is not before their deadline.
  private static let tick: Int64 = 1 << 14
  private func entry(_ deadline: Int64) -> TimerEntry { TimerEntry(deadline: deadline) {} }

  @Test func entriesComeInOrderOfDeadlineAndNeverEarly() {
    var wheel = TimerWheel(now: 0)
    let deadlines: [Int64] = [5_000_000, 1, 1_000_000_000, 16_384, 16_385, 90_000_000_000, 0]
    for deadline in deadlines { wheel.insert(entry(deadline)) }
    #expect(wheel.count == deadlines.count)
    var fired: [Int64] = []
    while let next = wheel.nextWake {
      for due in wheel.advance(to: next) {
        #expect(due.deadline <= next)
        fired.append(due.deadline)
      }
    }
    #expect(fired == deadlines.sorted())
    #expect(wheel.count == 0)
  }

  @Test func equalDeadlinesComeInOrderOfInsertion() {
    var wheel = TimerWheel(now: 0)
    let entries = (0..<10).map { _ in entry(1_000_000) }
    for entry in entries { wheel.insert(entry) }
    let fired = wheel.advance(to: 2_000_000)
    #expect(fired.map { ObjectIdentifier($0) } == entries.map { ObjectIdentifier($0) })
  }

  @Test func aRemovedEntryDoesNotFire() {
    var wheel = TimerWheel(now: 0)
    let (kept, removed) = (entry(1_000_000), entry(1_000_000))
    wheel.insert(kept)
    wheel.insert(removed)
    let (first, second) = (wheel.remove(removed), wheel.remove(removed))
    #expect(first && !second)
    let fired = wheel.advance(to: 10_000_000)
    #expect(fired.map(\.deadline) == [1_000_000])
    let removedLate = wheel.remove(kept)
    #expect(!removedLate)
    #expect(wheel.nextWake == nil)
  }

  @Test(arguments: [Int64.max, Int64.max - 1, Int64(1) << 62])
  func deadlinesBeyondTheWheelNeitherFireNorStopIt(
    deadline: Int64
  ) {
    var wheel = TimerWheel(now: 0)
    let far = entry(deadline)
    wheel.insert(far)
    var now: Int64 = 0
    for _ in 0..<60 {
      now += 86_400_000_000_000 * 365
      wheel.insert(entry(now))
      let fired = wheel.advance(to: now + Self.tick)
      #expect(fired.map(\.deadline) == [now])
    }
    let removed = wheel.remove(far)
    #expect(removed)
  }

  @Test(arguments: UInt64(1)...20) func itAgreesWithASortedList(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var now = Int64.random(in: 0...(1 << 50), using: &generator)
    var wheel = TimerWheel(now: now)
    var model: [TimerEntry] = []
    for _ in 0..<2_000 {
      switch Int.random(in: 0..<10, using: &generator) {
      case 0..<6:
        let scale = Int.random(in: 10...50, using: &generator)
        let new = entry(now + Int64.random(in: 0..<(1 << scale), using: &generator))
        wheel.insert(new)
        model.append(new)
      case 6..<8:
        guard let index = model.indices.randomElement(using: &generator) else { continue }
        let removed = wheel.remove(model.remove(at: index))
        #expect(removed)
      default:
        let scale = Int.random(in: 10...48, using: &generator)
        now += Int64.random(in: 0..<(1 << scale), using: &generator)
        let fired = wheel.advance(to: now)
        #expect(fired.allSatisfy { $0.deadline <= now })
        #expect(fired.map(\.deadline) == fired.map(\.deadline).sorted())
        let ids = Set(fired.map { ObjectIdentifier($0) })
        model.removeAll { ids.contains(ObjectIdentifier($0)) }
        // What is left is at most a tick late.
        #expect(model.allSatisfy { $0.deadline > now - Self.tick * 2 })
      }
      #expect(wheel.count == model.count)
      let first = model.map(\.deadline).min()
      #expect((wheel.nextWake == nil) == (first == nil))
      if let first, let next = wheel.nextWake { #expect(next <= max(first, now) + Self.tick * 2) }
    }
  }
}
