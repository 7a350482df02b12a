import CoreTestSupport
import Revoada
import Testing

@Suite struct WaitGraphTests {
  private static func id(_ number: Int) -> WaiterID { .goroutine(UInt64(number)) }

  private static func waiter(_ number: Int, wait: UInt64 = 1, limited: Bool = false, _ enders: WaitEnders...)
    -> WaitSnapshot
  {
    WaitSnapshot(
      id: id(number), name: "w\(number)", place: "here",
      cases: enders.map { WaitCase(WaitObject("waits for thing", name: "t", identity: 1), endedBy: $0) },
      wait: wait, isLimited: limited)
  }

  private func stuck(_ waiters: WaitSnapshot...) -> [WaiterID] { WaitGraph(waiters).stuck().sorted() }

  @Test func holdersAreHopelessWhenOneIsAndWakersWhenAllAre() {
    let (a, b) = (Self.id(1), Self.id(2))
    let cycle = [Self.waiter(1, .holders([b])), Self.waiter(2, .holders([a]))]
    #expect(WaitGraph(cycle).stuck() == [a, b])
    #expect(
      stuck(cycle[0], cycle[1], Self.waiter(3), Self.waiter(4, .holders([a, Self.id(3)]))).count == 3)
    #expect(stuck(cycle[0], cycle[1], Self.waiter(3), Self.waiter(4, .oneOf([a, Self.id(3)]))) == [a, b])
    #expect(stuck(cycle[0], cycle[1], Self.waiter(4, .oneOf([a, b]))).count == 3)
    #expect(stuck(Self.waiter(1, .oneOf([]))) == [a])
    #expect(stuck(Self.waiter(1, .oneOf([b]))).isEmpty)
  }

  @Test func permitsAreHopelessWhenTheRestIsTooFew() {
    let held: [WaitEnders.Held] = [.init(Self.id(2), 2), .init(Self.id(3), 1)]
    for (needed, expected) in [(1, 0), (2, 2), (3, 2)] {
      let found = stuck(
        Self.waiter(1, .permits(needed: needed, size: 3, held: held)), Self.waiter(2, .holders([Self.id(1)])),
        Self.waiter(3))
      #expect(found.count == expected)
    }
  }

  @Test func aHopeInAnyCaseOrATimeLimitIsEnough() {
    let other = Self.waiter(2, .holders([Self.id(1)]))
    #expect(stuck(Self.waiter(1, .holders([Self.id(2)]), .anybody), other).isEmpty)
    #expect(stuck(Self.waiter(1, .holders([Self.id(2)]), .time), other).isEmpty)
    #expect(stuck(Self.waiter(1, limited: true, .holders([Self.id(2)])), other).isEmpty)
    #expect(stuck(Self.waiter(1, .holders([Self.id(2)]), .holders([Self.id(2)])), other).count == 2)
  }

  @Test func inAClosedWorldEverybodyMustWait() {
    let waiting = Self.waiter(1, .anybody)
    #expect(WaitGraph([waiting, Self.waiter(2, .anybody)]).stuck(isClosed: true).count == 2)
    #expect(WaitGraph([waiting, Self.waiter(2)]).stuck(isClosed: true).isEmpty)
    #expect(WaitGraph([waiting, Self.waiter(2, .time)]).stuck(isClosed: true).isEmpty)
    #expect(WaitGraph([waiting]).stuck().isEmpty)
  }

  /// Against all subsets: the greatest set whose members have only each other to hope for.
  @Test(arguments: 0..<200 as Range<UInt64>) func itIsTheGreatestSuchSet(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let count = 6
    let waiters = (0..<count).map { number -> WaitSnapshot in
      let others = (0..<count).filter { _ in Int.random(in: 0..<4, using: &random) == 0 }.map(Self.id)
      let enders: WaitEnders =
        switch Int.random(in: 0..<5, using: &random) {
        case 0: .anybody
        case 1, 2: .holders(others)
        case 3: .oneOf(others)
        default: .permits(needed: 1, size: 2, held: others.map { .init($0, 1) })
        }
      return Int.random(in: 0..<8, using: &random) == 0 ? Self.waiter(number) : Self.waiter(number, enders)
    }
    let found = WaitGraph(waiters).stuck()
    var greatest: Set<WaiterID> = []
    for bits in 0..<(1 << count) {
      let set = Set((0..<count).filter { bits >> $0 & 1 == 1 }.map(Self.id))
      if set.count > greatest.count, set.allSatisfy({ isHopeless(waiters[Int($0.number)], set) }) {
        greatest = set
      }
    }
    #expect(found == greatest)
  }

  private func isHopeless(_ waiter: WaitSnapshot, _ set: Set<WaiterID>) -> Bool {
    !waiter.cases.isEmpty
      && waiter.cases.allSatisfy { item in
        switch item.enders {
        case .anybody, .time: false
        case .holders(let holders): !set.isDisjoint(with: holders)
        case .oneOf(let enders): set.isSuperset(of: enders)
        case .permits(let needed, let size, let held):
          held.filter { !set.contains($0.holder) }.reduce(0) { $0 + $1.amount }
            + (size - held.reduce(0) { $0 + $1.amount }) < needed
        }
      }
  }

  @Test func aReportNeedsThreeLooksAndTheTimeout() {
    let graph = WaitGraph([Self.waiter(1, .holders([Self.id(2)])), Self.waiter(2, .holders([Self.id(1)]))])
    var quick = StallTracker(timeout: .zero)
    #expect((0..<6).map { quick.observe(graph, at: .seconds($0)).count } == [0, 0, 1, 0, 0, 0])
    var slow = StallTracker(timeout: .seconds(4))
    #expect((0..<6).map { slow.observe(graph, at: .seconds($0)).count } == [0, 0, 0, 0, 1, 0])
  }

  @Test func aWaitThatHasChangedStartsAnew() {
    var tracker = StallTracker(timeout: .zero)
    let reports = (0..<8).map { step in
      // In the fourth step the first one has gone on and waits again.
      let graph = WaitGraph([
        Self.waiter(1, wait: step < 2 ? 1 : 2, .holders([Self.id(2)])),
        Self.waiter(2, .holders([Self.id(1)])),
      ])
      return tracker.observe(graph, at: .seconds(step)).count
    }
    #expect(reports == [0, 0, 0, 0, 1, 0, 0, 0])
  }
}
