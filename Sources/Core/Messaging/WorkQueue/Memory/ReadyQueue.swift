/// Items that are due: lanes take turns, at most so many of one lane are out at once, and within a lane the more urgent comes first.
///
/// A queue of its own beside that of the pools (`FairQueue`), whose elements cannot come back, and which sorts each one into a heap: here most
/// items have the same priority, and those of one priority stay in a line, since they age at the same pace. So an item costs the same
/// however many wait, and only the number of *different* priorities that are in use at once counts.
struct ReadyQueue: ~Copyable {
  /// Items of one priority, in the order in which they became due.
  struct Level {
    let priority: Int
    var entries = Fifo<AnyWorkEntry>()
  }

  /// The items of one lane.
  private struct Lane {
    /// Nil for the items that belong to no lane.
    var name: String?
    /// The highest priority first; none is empty, but for one that is alone.
    var levels: [Level] = []
    /// Items that were taken out and are not settled.
    var out = 0
    var isInRotation = false

    var isEmpty: Bool { levels.allSatisfy(\.entries.isEmpty) }
  }

  private let ageing: Int64?
  private let limit: Int?
  /// The first one is for the items that belong to none. Named by their places: references to objects would have to be counted for each item,
  /// by all cores.
  private var lanes = [Lane()]
  /// Where a lane is; while it has items due or out, it exists.
  private var places: [String: Int] = [:]
  private var unusedPlaces: [Int] = []
  /// The lanes that have items and may give one out, the next one first.
  private var rotation = Fifo<Int>()
  /// How many items are due.
  private(set) var count = 0

  /// - Parameters:
  ///   - ageing: the nanoseconds of waiting that count as one step of priority.
  ///   - limit: how many of one lane may be out at once.
  init(ageing: Int64?, limit: Int?) {
    self.ageing = ageing
    self.limit = limit
  }

  /// Whether there is an item whose lane may give one out.
  var mayPop: Bool { !rotation.isEmpty }

  mutating func push(_ entry: AnyWorkEntry, first: Bool = false) {
    let lane = lane(of: entry)
    let level = Self.level(of: entry.options.priority, in: &lanes[lane].levels)
    if first {
      lanes[lane].levels[level].entries.prepend(entry)
    } else {
      lanes[lane].levels[level].entries.append(entry)
    }
    count += 1
    rotate(in: lane)
  }

  /// Takes out the next item; `settled` must be told about its lane.
  mutating func pop() -> AnyWorkEntry? {
    guard let lane = rotation.first else { return nil }
    let entry = take(from: lane)
    if lane != 0 {
      lanes[lane].out += 1
      entry.lane = lane
    }
    // A lane that is alone keeps its place.
    if rotation.count > 1 || !mayGive(lane) {
      _ = rotation.popFirst()
      lanes[lane].isInRotation = false
      rotate(in: lane)
    }
    count -= 1
    return entry
  }

  /// An item that was taken out is settled, or comes back.
  mutating func settled(_ entry: AnyWorkEntry) {
    let lane = entry.lane
    if lane == 0 { return }
    entry.lane = 0
    lanes[lane].out -= 1
    rotate(in: lane)
    if lanes[lane].out == 0, lanes[lane].isEmpty { close(lane) }
  }

  /// Takes everything out, whatever the limits; that of one lane by priority.
  mutating func drain() -> [AnyWorkEntry] {
    var all: [AnyWorkEntry] = []
    for lane in lanes.indices {
      all += lanes[lane].levels.flatMap(\.entries.elements)
      lanes[lane].levels = []
      lanes[lane].isInRotation = false
      if lanes[lane].name != nil, lanes[lane].out == 0 { close(lane) }
    }
    rotation = Fifo()
    count = 0
    return all
  }

  private mutating func lane(of entry: AnyWorkEntry) -> Int {
    guard let name = entry.options.lane else { return 0 }
    if let lane = places[name] { return lane }
    let lane = unusedPlaces.popLast() ?? lanes.count
    if lane == lanes.count { lanes.append(Lane()) }
    lanes[lane].name = name
    places[name] = lane
    return lane
  }

  private mutating func close(_ lane: Int) {
    if let name = lanes[lane].name { places[name] = nil }
    lanes[lane] = Lane()
    unusedPlaces.append(lane)
  }

  private func mayGive(_ lane: Int) -> Bool {
    if lanes[lane].isEmpty { return false }
    guard let limit, lane != 0 else { return true }
    return lanes[lane].out < limit
  }

  private mutating func rotate(in lane: Int) {
    if lanes[lane].isInRotation || !mayGive(lane) { return }
    lanes[lane].isInRotation = true
    rotation.append(lane)
  }

  private static func level(of priority: Int, in levels: inout [Level]) -> Int {
    let index = levels.firstIndex { $0.priority <= priority } ?? levels.count
    if index == levels.count || levels[index].priority != priority {
      levels.insert(Level(priority: priority), at: index)
    }
    return index
  }

  /// The first item of the level that comes first; the lane is not empty.
  private mutating func take(from lane: Int) -> AnyWorkEntry {
    var best = 0
    if lanes[lane].levels.count > 1 {
      lanes[lane].levels.removeAll(where: \.entries.isEmpty)
      var most = standing(of: lanes[lane].levels[0])
      for index in lanes[lane].levels.indices.dropFirst() {
        let standing = standing(of: lanes[lane].levels[index])
        if standing > most { (best, most) = (index, standing) }
      }
    }
    return lanes[lane].levels[best].entries.popFirst().unsafelyUnwrapped
  }

  /// An item gains one step of priority for each `ageing` nanoseconds that it waits; which of two comes first does not depend on when they
  /// are compared. The first of a level has waited longest.
  private func standing(of level: Level) -> Int128 {
    guard let ageing, let first = level.entries.first else { return Int128(level.priority) }
    return Int128(level.priority) * Int128(ageing) - Int128(first.dueSince)
  }
}
