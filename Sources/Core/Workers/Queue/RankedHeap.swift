/// A binary heap of elements by rank, the highest first; equal ranks in the order of arrival.
struct RankedHeap<Element> {
  private struct Entry {
    let element: Element
    let rank: Rank
  }
  private var entries: [Entry] = []

  /// Where an element stands. It never changes, although elements age: see ``init(priority:arrival:number:ageing:)``.
  struct Rank: Comparable {
    private let standing: Int128
    private let number: UInt64

    /// An element gains one step of priority for each `ageing` nanoseconds that it waits. All gain at the same pace, so that which of
    /// two comes first does not depend on when they are compared: `priority + (now - arrival) / ageing` orders them as
    /// `priority * ageing - arrival` does. Of elements that arrive less than `ageing` apart, the one of higher priority
    /// therefore always comes first. Without ageing, only the priority counts.
    init(priority: Int, arrival: Int64, number: UInt64, ageing: Int64?) {
      standing = ageing.map { Int128(priority) * Int128($0) - Int128(arrival) } ?? Int128(priority)
      self.number = number
    }

    static func < (one: Rank, other: Rank) -> Bool {
      one.standing == other.standing ? one.number > other.number : one.standing < other.standing
    }
  }

  var isEmpty: Bool { entries.isEmpty }
  var first: Element? { entries.first?.element }

  mutating func insert(_ element: Element, _ rank: Rank) {
    entries.append(Entry(element: element, rank: rank))
    var child = entries.count - 1
    while child > 0, case let parent = (child - 1) / 2, entries[parent].rank < entries[child].rank {
      entries.swapAt(parent, child)
      child = parent
    }
  }

  mutating func popFirst() -> Element? {
    if entries.isEmpty { return nil }
    entries.swapAt(0, entries.count - 1)
    let entry = entries.removeLast()
    sink(0)
    return entry.element
  }

  /// Keeps those that meet a condition.
  mutating func keep(where condition: (Element) -> Bool) {
    entries.removeAll { !condition($0.element) }
    for parent in stride(from: entries.count / 2 - 1, through: 0, by: -1) { sink(parent) }
  }

  private mutating func sink(_ start: Int) {
    var parent = start
    while true {
      var largest = parent
      for child in [2 * parent + 1, 2 * parent + 2] {
        if child < entries.count, entries[largest].rank < entries[child].rank { largest = child }
      }
      if largest == parent { return }
      entries.swapAt(parent, largest)
      parent = largest
    }
  }
}
