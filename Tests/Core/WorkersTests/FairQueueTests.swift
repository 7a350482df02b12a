import Testing

@testable import RevoadaWorkers

/// The queue of every pool, synchronously: no goroutine and no clock.
@Suite struct FairQueueTests {
  final class Item: Withdrawable {
    let name: String
    var isWithdrawn = false
    init(_ name: String) { self.name = name }
  }
  typealias Queue = FairQueue<Item>

  /// Takes out and finishes everything.
  private func names(_ queue: inout Queue) -> [String] {
    var names: [String] = []
    while let (item, lane) = queue.pop() {
      names.append(item.name)
      if let lane { queue.finished(lane) }
    }
    return names
  }

  private func keys(_ queue: borrowing Queue) -> Int { queue.keys }
  private func earliest(_ queue: borrowing Queue) -> Int64? { queue.earliest { Int64($0.name)! } }
  private func drain(_ queue: inout Queue) -> [String] { queue.drain().map(\.name) }
  private func popCounted(_ queue: inout Queue, limit: Int = 10) -> Int { queue.popCounted(limit: limit) }
  private func take(_ queue: inout Queue) -> String? { queue.pop()?.element.name }

  @Test func elementsWithoutAKeyComeInTheOrderOfArrival() {
    var queue = Queue(order: .arrival)
    for number in 0..<100 { queue.push(Item("\(number)")) }
    #expect(names(&queue) == (0..<100).map(String.init))
    #expect(take(&queue) == nil)
  }

  @Test func countedElementsKeepTheirPlaces() {
    var queue = Queue(order: .arrival)
    for _ in 0..<5 { queue.pushCounted() }
    queue.push(Item("x"))
    for _ in 0..<2 { queue.pushCounted() }
    #expect(take(&queue) == nil)  // those that are counted come first
    #expect(popCounted(&queue, limit: 3) == 3 && popCounted(&queue, limit: 3) == 2 && popCounted(&queue) == 0)
    #expect(take(&queue) == "x")
    #expect(popCounted(&queue, limit: 1) == 1 && popCounted(&queue) == 1 && popCounted(&queue) == 0)
    #expect(take(&queue) == nil)
  }

  @Test func countedElementsTakeTurnsWithKeys() {
    var queue = Queue(order: .arrival)
    for _ in 0..<4 { queue.pushCounted() }
    for number in 1...2 { queue.push(Item("a\(number)"), key: "a") }
    #expect(popCounted(&queue) == 1)
    #expect(take(&queue) == "a1" && take(&queue) == nil)
    #expect(popCounted(&queue) == 1)
    #expect(take(&queue) == "a2")
    #expect(popCounted(&queue) == 2)
  }

  @Test func drainingMakesElementsOfCountedOnes() {
    var queue = Queue(order: .arrival)
    for _ in 0..<2 { queue.pushCounted() }
    queue.push(Item("x"))
    queue.pushCounted()
    var number = 0
    let drained = queue.drain { count in
      (0..<count).map { _ in
        number += 1
        return Item("\(number)")
      }
    }
    #expect(drained.map(\.name) == ["1", "2", "x", "3"])
    #expect(popCounted(&queue) == 0 && take(&queue) == nil)
    queue.pushCounted()
    #expect(popCounted(&queue) == 1)
  }

  @Test func keysTakeTurns() {
    var queue = Queue(order: .arrival)
    for number in 1...4 { queue.push(Item("a\(number)"), key: "a") }
    queue.push(Item("b1"), key: "b")
    queue.push(Item("x"))
    queue.push(Item("b2"), key: "b")
    #expect(names(&queue) == ["a1", "b1", "x", "a2", "b2", "a3", "a4"])
    #expect(keys(queue) == 0)
  }

  @Test func noMoreOfAKeyAreOutThanItsLimit() throws {
    var queue = Queue(order: .arrival, keyLimit: 2)
    for number in 1...3 { queue.push(Item("a\(number)"), key: "a") }
    queue.push(Item("b1"), key: "b")
    let first = queue.pop()
    #expect(first?.element.name == "a1")
    #expect(take(&queue) == "b1")
    var (mine, others) = (queue.mayRun("a"), queue.mayRun("b") && queue.mayRun(nil))
    #expect(mine && others)
    #expect(take(&queue) == "a2")
    (mine, others) = (queue.mayRun("a"), queue.mayRun("b") && queue.mayRun(nil))
    #expect(!mine && others)
    #expect(take(&queue) == nil)
    queue.finished(try #require(first?.lane))
    #expect(take(&queue) == "a3")
  }

  @Test func theLimitDoesNotHoldForElementsWithoutAKey() {
    var queue = Queue(order: .arrival, keyLimit: 1)
    for number in 1...3 { queue.push(Item("\(number)")) }
    #expect(take(&queue) == "1")
    #expect(take(&queue) == "2")
    #expect(take(&queue) == "3")
  }

  @Test func higherPrioritiesComeFirstAndEqualOnesInTheOrderOfArrival() {
    var queue = Queue(order: .priority(ageing: nil))
    for (name, priority) in [("a", 1), ("b", 5), ("c", 1), ("d", 5), ("e", -3), ("f", .max), ("g", .min)] {
      queue.push(Item(name), priority: priority)
    }
    #expect(names(&queue) == ["f", "b", "d", "a", "c", "e", "g"])
  }

  @Test func aWaitOfOneStepCountsAsOnePriority() {
    let second: Int64 = 1_000_000_000
    var queue = Queue(order: .priority(ageing: second))
    queue.push(Item("old low"), priority: 0, at: 0)
    queue.push(Item("high, just in time"), priority: 2, at: 2 * second - 1)
    queue.push(Item("high, too late"), priority: 2, at: 2 * second + 1)
    queue.push(Item("extreme"), priority: .max, at: .max)
    #expect(names(&queue) == ["extreme", "high, just in time", "old low", "high, too late"])
  }

  @Test(arguments: [0, 1, 999_999_999]) func ageingReordersNothingWithinASecond(gap: Int64) {
    var queue = Queue(order: .priority(ageing: 1_000_000_000))
    queue.push(Item("low"), priority: 3, at: 5)
    queue.push(Item("high"), priority: 4, at: 5 + gap)
    #expect(names(&queue) == ["high", "low"])
  }

  @Test func prioritiesOrderTheElementsOfOneKeyAndKeysTakeTurns() {
    var queue = Queue(order: .priority(ageing: nil))
    for (name, key, priority) in [
      ("a1", "a", 1), ("a9", "a", 9), ("a5", "a", 5), ("b2", "b", 2), ("b1", "b", 1),
    ] {
      queue.push(Item(name), key: key, priority: priority)
    }
    #expect(names(&queue) == ["a9", "b2", "a5", "b1", "a1"])
  }

  @Test(arguments: [false, true]) func withdrawnElementsNeverComeOut(inOrderOfPriority: Bool) {
    var queue = Queue(order: inOrderOfPriority ? .priority(ageing: nil) : .arrival, keyLimit: 1)
    let items = (0..<200).map { Item("\($0)") }
    for (index, item) in items.enumerated() { queue.push(item, key: index % 2 == 0 ? "even" : nil) }
    for (index, item) in items.enumerated() where index % 10 != 0 {
      item.isWithdrawn = true
      queue.noteWithdrawal()
    }
    #expect(names(&queue) == stride(from: 0, to: 200, by: 10).map(String.init))
    #expect(keys(queue) == 0)
    queue.push(Item("later"), key: "even")
    #expect(names(&queue) == ["later"])
  }

  @Test func everythingCanBeDrainedWhateverTheLimits() {
    var queue = Queue(order: .arrival, keyLimit: 1)
    for number in 1...3 { queue.push(Item("a\(number)"), key: "a") }
    queue.push(Item("x"))
    let out = queue.pop()
    #expect(out?.element.name == "a1")
    #expect(drain(&queue) == ["x", "a2", "a3"])
    #expect(take(&queue) == nil)
    #expect(keys(queue) == 1)  // a1 is still out
    queue.finished(out!.lane!)
    #expect(keys(queue) == 0)
  }

  @Test func theEarliestOfTheNextElementsIsFound() {
    var queue = Queue(order: .arrival)
    #expect(earliest(queue) == nil)
    queue.push(Item("7"), key: "a")
    queue.push(Item("5"), key: "b")
    queue.push(Item("1"), key: "b")
    #expect(earliest(queue) == 5)
  }

  @Test func aRingGrowsWhileItWrapsAround() {
    var ring = Ring<Int>()
    var (next, expected) = (0, 0)
    for round in 1...40 {
      for _ in 0..<round {
        ring.append(next)
        next += 1
      }
      for _ in 0..<(round / 2) {
        #expect(ring.popFirst() == expected)
        expected += 1
      }
    }
    ring.keep { $0 % 2 == 0 }
    var rest: [Int] = []
    while let element = ring.popFirst() { rest.append(element) }
    #expect(rest == (expected..<next).filter { $0 % 2 == 0 })
  }
}
