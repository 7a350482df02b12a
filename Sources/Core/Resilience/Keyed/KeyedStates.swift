/// One state for each key, of a bounded number of keys.
///
/// Nothing looks for idle keys in the background: each new key looks at a few others, in turn, and drops those that have become
/// as good as new (the clock algorithm). When there are as many as may be, it drops the one of them that loses least. Costs one
/// look-up for a key that is there.
struct KeyedStates<Key: Hashable & Sendable, State> {
  private struct Slot {
    let key: Key
    var state: State
  }
  private var index: [Key: Int] = [:]
  private var slots: [Slot] = []
  private var hand = 0
  private let limit: Int
  /// Keys that were dropped although they were not as good as new.
  private(set) var forgotten = 0

  /// How many others each new key looks at. With two or more, the idle ones are dropped faster than new ones come.
  private static var looks: Int { 4 }

  init(limit: Int) { self.limit = limit }

  var count: Int { slots.count }

  /// The place of a key, made if need be. Places change with the next call.
  ///
  /// - Parameters:
  ///   - cost: what dropping a state would lose: nothing, 0, if it is as good as new; nil if it is in use.
  ///   - make: makes the state of a new key.
  mutating func place(of key: Key, cost: (State) -> Int64?, make: () -> State) -> Int {
    if let place = index[key] { return place }
    sweep(cost)
    index[key] = slots.count
    slots.append(Slot(key: key, state: make()))
    return slots.count - 1
  }

  func find(_ key: Key) -> Int? { index[key] }

  subscript(place: Int) -> State {
    get { slots[place].state }
    _modify { yield &slots[place].state }
  }

  private mutating func sweep(_ cost: (State) -> Int64?) {
    var cheapest: (place: Int, cost: Int64)?
    let before = slots.count
    for _ in 0..<min(Self.looks, slots.count) {
      if hand >= slots.count { hand = 0 }
      switch cost(slots[hand].state) {
      case 0?: drop(hand)  // another one takes its place
      case let cost?:
        if cost < cheapest?.cost ?? .max { cheapest = (hand, cost) }
        hand += 1
      case nil: hand += 1
      }
    }
    if slots.count == before, slots.count >= limit, let cheapest {
      drop(cheapest.place)
      forgotten += 1
    }
  }

  private mutating func drop(_ place: Int) {
    index[slots[place].key] = nil
    let last = slots.removeLast()
    if place < slots.count {
      slots[place] = last
      index[last.key] = place
    }
  }
}
