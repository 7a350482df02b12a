/// What a ``FairQueue`` holds.
protocol Withdrawable {
  /// Whether the element was withdrawn while it was queued: it is never taken out.
  var isWithdrawn: Bool { get }
}

/// The queue of every pool: keys take turns, and at most so many elements of one key are out at once; within a key the elements
/// come in the order of arrival or of priority.
///
/// Pure state without locks or time of its own; whoever uses it provides both. An element without a key belongs to a lane that has
/// its turn as every other, and no limit.
///
/// Of elements without a key, in the order of arrival, some may be *counted* only: the queue knows their places, and whoever uses it keeps
/// them, in their order.
struct FairQueue<Element: Withdrawable>: ~Copyable {
  /// The order of the elements of one key.
  enum Order {
    case arrival
    /// With ageing: the nanoseconds of waiting that count as one step of priority.
    case priority(ageing: Int64?)
  }

  /// The elements of one key. While the key has elements queued or out, its lane exists.
  final class Lane {
    fileprivate let key: AnyHashable?
    /// The same as `key != nil`, which would copy the key.
    fileprivate let hasKey: Bool
    @exclusivity(unchecked) fileprivate var arrivals = Ring<Arrival>()
    @exclusivity(unchecked) fileprivate var ranked = RankedHeap<Element>()
    /// How many elements were counted, and how many of them taken out, ever.
    @exclusivity(unchecked) fileprivate var counted = 0
    @exclusivity(unchecked) fileprivate var countedOut = 0
    /// Elements that were taken out and are not finished.
    @exclusivity(unchecked) fileprivate var out = 0
    @exclusivity(unchecked) fileprivate var isInRotation = false

    fileprivate init(key: AnyHashable?) {
      self.key = key
      hasKey = key != nil
    }

    fileprivate var isEmpty: Bool { counted == countedOut && arrivals.isEmpty && ranked.isEmpty }
    /// How many counted elements are ahead of all others.
    fileprivate var countedFirst: Int {
      if counted == countedOut { return 0 }
      return (arrivals.first?.countedBefore ?? counted) - countedOut
    }
    fileprivate var first: Element? { arrivals.first?.element ?? ranked.first }
    fileprivate func popFirst() -> Element? { arrivals.popFirst()?.element ?? ranked.popFirst() }
  }

  /// An element in the order of arrival, and how many of its lane had been counted before it came.
  fileprivate struct Arrival {
    let element: Element
    let countedBefore: Int
  }

  private let order: Order
  private let keyLimit: Int?
  private let common = Lane(key: nil)
  private var lanes: [AnyHashable: Lane] = [:]
  /// The lanes that have elements and may give one out, the next one first.
  private var rotation = Ring<Lane>()
  private var lastNumber: UInt64 = 0
  /// Withdrawn elements that still lie in the lanes, and all that do.
  private var withdrawn = 0
  private var stored = 0

  init(order: Order, keyLimit: Int? = nil) {
    self.order = order
    self.keyLimit = keyLimit
  }

  /// Queues an element.
  mutating func push(_ element: Element, key: AnyHashable? = nil, priority: Int = 0, at now: Int64 = 0) {
    let lane = if let key { self.lane(of: key) } else { common }
    switch order {
    case .arrival: lane.arrivals.append(Arrival(element: element, countedBefore: lane.counted))
    case .priority(let ageing):
      lastNumber += 1
      lane.ranked.insert(
        element, .init(priority: priority, arrival: now, number: lastNumber, ageing: ageing))
    }
    stored += 1
    rotate(in: lane)
  }

  /// Queues an element without a key that is only counted. The order must be that of arrival.
  mutating func pushCounted() {
    let lane = common  // a local name: the thread sanitizer's pass fails to compile the change otherwise
    lane.counted += 1
    rotate(in: lane)
  }

  /// How many counted elements have their turn.
  var countedNext: Int {
    guard common.counted != common.countedOut, let lane = rotation.first, lane === common else { return 0 }
    return common.countedFirst
  }

  /// Takes out counted elements that have their turn: as many as there are up to `limit`, but one at a time while others wait for theirs.
  /// - Returns: how many.
  mutating func popCounted(limit: Int) -> Int {
    let isAlone = rotation.count == 1
    let count = isAlone ? min(limit, countedNext) : min(1, countedNext)
    if count == 0 { return 0 }
    let lane = common  // see above
    lane.countedOut += count
    if !isAlone || lane.isEmpty { endTurn(of: lane) }
    return count
  }

  /// Takes out the next element that may run; nil if there is none, or if a counted one has its turn. `finished` must be told about its
  /// lane.
  mutating func pop() -> (element: Element, lane: Lane?)? {
    while countedNext == 0, let lane = rotation.first {
      let element = lane.popFirst().unsafelyUnwrapped  // a lane in the rotation is not empty
      if lane.hasKey { lane.out += 1 }
      // A lane that stays alone in its rotation keeps its place; moving it would cost as much as the rest.
      if !mayGive(lane) || rotation.count > 1 { endTurn(of: lane) }
      stored -= 1
      if !element.isWithdrawn { return (element, lane.hasKey ? lane : nil) }
      withdrawn -= 1
      if lane.hasKey { finished(lane) }
    }
    return nil
  }

  /// Tells that an element of a lane is no longer out.
  mutating func finished(_ lane: Lane) {
    lane.out -= 1
    rotate(in: lane)
    if lane.isEmpty, lane.out == 0, let key = lane.key { lanes[key] = nil }
  }

  /// Whether an element of this key would be given out if a worker asked.
  func mayRun(_ key: AnyHashable?) -> Bool {
    guard let keyLimit, let key, let lane = lanes[key] else { return true }
    return lane.out < keyLimit
  }

  /// Tells that a queued element has become withdrawn. Withdrawn elements are dropped once they are more than the others.
  mutating func noteWithdrawal() {
    withdrawn += 1
    if withdrawn <= 32 || withdrawn * 2 <= stored { return }
    for lane in [common] + lanes.values {
      lane.arrivals.keep { !$0.element.isWithdrawn }
      lane.ranked.keep { !$0.isWithdrawn }
      if lane.isEmpty, lane.out == 0, let key = lane.key { lanes[key] = nil }
    }
    stored -= withdrawn
    withdrawn = 0
    rotation.keep { lane in
      lane.isInRotation = !lane.isEmpty
      return lane.isInRotation
    }
  }

  /// Takes everything out, whatever the limits; those of one key in their order.
  /// - Parameter makeCounted: makes elements of so many counted ones.
  mutating func drain(_ makeCounted: (Int) -> [Element] = { _ in [] }) -> [Element] {
    var drained: [Element] = []
    for lane in [common] + lanes.values {
      while !lane.isEmpty {
        let count = lane.countedFirst
        lane.countedOut += count
        if count > 0 {
          drained += makeCounted(count)
        } else if let element = lane.popFirst() {
          drained.append(element)
        }
      }
      lane.isInRotation = false
      if lane.out == 0, let key = lane.key { lanes[key] = nil }
    }
    (rotation, stored, withdrawn) = (Ring(), 0, 0)
    return drained.filter { !$0.isWithdrawn }
  }

  /// The least of what `time` says about the elements that are next in their lanes.
  func earliest(_ time: (Element) -> Int64) -> Int64? {
    ([common] + lanes.values).compactMap { $0.first.map(time) }.min()
  }

  /// The number of keys that have elements queued or out.
  var keys: Int { lanes.count }

  private mutating func lane(of key: AnyHashable) -> Lane {
    if let lane = lanes[key] { return lane }
    let lane = Lane(key: key)
    lanes[key] = lane
    return lane
  }

  private func mayGive(_ lane: Lane) -> Bool {
    if lane.isEmpty { return false }
    guard let keyLimit, lane.hasKey else { return true }
    return lane.out < keyLimit
  }

  private mutating func endTurn(of lane: Lane) {
    _ = rotation.popFirst()
    lane.isInRotation = false
    rotate(in: lane)
  }

  private mutating func rotate(in lane: Lane) {
    if lane.isInRotation || !mayGive(lane) { return }
    lane.isInRotation = true
    rotation.append(lane)
  }
}
