/// An element with its place in the order of a ``PriorityChannel``.
@usableFromInline
struct Ranked<Element> {
  /// Higher is received first; no two are equal, see ``PriorityOrder``.
  @usableFromInline let rank: Int128
  @usableFromInline let element: Element

  @inlinable
  init(rank: Int128, element: consuming Element) {
    self.rank = rank
    self.element = element
  }
}

/// Turns a priority and the moment of a send into one number, by which elements are compared for good.
///
/// With ageing, an element's priority grows by one each interval, at the same pace for all: so who of two is ahead never
/// changes while they wait, and is decided when they are sent, by `priority × interval − time`. Without ageing the interval is longer
/// than any stretch of time, and the time is a counter. 128 bits hold every priority exactly.
@usableFromInline
struct PriorityOrder {
  @usableFromInline let interval: Int128
  /// The time of the last send, or their number.
  @usableFromInline var stamp: Int64 = 0

  /// - Parameter ageing: nanoseconds in which an element gains one level; nil for none.
  @usableFromInline
  init(ageing: Int64?) {
    interval = ageing.map { Int128($0) } ?? Int128(1) << 63
  }

  /// The rank of the next element; stamps never repeat, so that equal priorities stay in order.
  @inlinable
  mutating func rank(_ priority: Int, now: Int64) -> Int128 {
    stamp = Swift.max(stamp &+ 1, now)
    return Int128(priority) * interval - Int128(stamp)
  }
}

/// A binary heap, the highest rank on top, in memory of its own that grows as needed.
///
/// Not reference-counted and not checked, since it is the hot path of a priority channel. Its owner empties it at the end.
@usableFromInline
struct PriorityHeap<Element> {
  @usableFromInline var entries: UnsafeMutablePointer<Ranked<Element>>
  @usableFromInline var count = 0
  @usableFromInline var room: Int

  @usableFromInline
  init() {
    room = 16
    entries = .allocate(capacity: 16)
  }

  @inlinable
  mutating func push(_ entry: consuming Ranked<Element>) {
    if count == room { grow() }
    let rank = entry.rank
    var hole = count
    while hole > 0 {
      let parent = (hole &- 1) >> 1
      if entries[parent].rank > rank { break }
      (entries + hole).moveInitialize(from: entries + parent, count: 1)
      hole = parent
    }
    (entries + hole).initialize(to: entry)
    count &+= 1
  }

  /// Takes the highest out; there must be one.
  @inlinable
  mutating func pop() -> Ranked<Element> {
    let top = entries.move()
    count &-= 1
    if count > 0 {
      let last = (entries + count).move()
      var hole = 0
      while true {
        var child = 2 &* hole &+ 1
        if child >= count { break }
        if child &+ 1 < count, entries[child &+ 1].rank > entries[child].rank { child &+= 1 }
        if entries[child].rank < last.rank { break }
        (entries + hole).moveInitialize(from: entries + child, count: 1)
        hole = child
      }
      (entries + hole).initialize(to: last)
    }
    return top
  }

  @usableFromInline
  mutating func grow() {
    let larger = UnsafeMutablePointer<Ranked<Element>>.allocate(capacity: room * 2)
    larger.moveInitialize(from: entries, count: count)
    entries.deallocate()
    entries = larger
    room *= 2
  }
}
