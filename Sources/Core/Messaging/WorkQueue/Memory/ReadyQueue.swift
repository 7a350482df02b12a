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

  /// The items of one lane. While a lane has items due or out, it exists.
  final class Lane {
    fileprivate let name: String?
    /// The highest priority first; none is empty, but for one that is alone.
    @exclusivity(unchecked) fileprivate var levels: [Level] = []
    /// Items that were taken out and are not settled.
    @exclusivity(unchecked) fileprivate var out = 0
    @exclusivity(unchecked) fileprivate var isInRotation = false

    fileprivate init(_ name: String?) { self.name = name }

    fileprivate var isEmpty: Bool { levels.allSatisfy(\.entries.isEmpty) }
  }

  private let ageing: Int64?
  private let limit: Int?
  private let common = Lane(nil)
  private var lanes: [String: Lane] = [:]
  /// The lanes that have items and may give one out, the next one first.
  private var rotation = Fifo<Lane>()
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
    let index = Self.level(of: entry.options.priority, in: &lane.levels)
    if first { lane.levels[index].entries.prepend(entry) } else { lane.levels[index].entries.append(entry) }
    count += 1
    rotate(in: lane)
  }

  /// Takes out the next item; `settled` must be told about its lane.
  mutating func pop() -> AnyWorkEntry? {
    guard let lane = rotation.first else { return nil }
    let entry = take(from: lane)
    if lane.name != nil {
      lane.out += 1
      entry.lane = lane
    }
    // A lane that is alone keeps its place.
    if rotation.count > 1 || !mayGive(lane) {
      _ = rotation.popFirst()
      lane.isInRotation = false
      rotate(in: lane)
    }
    count -= 1
    return entry
  }

  /// An item that was taken out is settled, or comes back.
  mutating func settled(_ entry: AnyWorkEntry) {
    guard let lane = entry.lane, let name = lane.name else { return }
    entry.lane = nil
    lane.out -= 1
    rotate(in: lane)
    if lane.out == 0, lane.isEmpty { lanes[name] = nil }
  }

  /// Takes everything out, whatever the limits; that of one lane by priority.
  mutating func drain() -> [AnyWorkEntry] {
    let all = ([common] + lanes.values).flatMap { lane in
      defer {
        lane.levels = []
        lane.isInRotation = false
      }
      return lane.levels.flatMap(\.entries.elements)
    }
    lanes = lanes.filter { $0.value.out > 0 }
    rotation = Fifo()
    count = 0
    return all
  }

  private mutating func lane(of entry: AnyWorkEntry) -> Lane {
    guard let name = entry.options.lane else { return common }
    if let lane = lanes[name] { return lane }
    let lane = Lane(name)
    lanes[name] = lane
    return lane
  }

  private func mayGive(_ lane: Lane) -> Bool {
    if lane.isEmpty { return false }
    guard let limit, lane.name != nil else { return true }
    return lane.out < limit
  }

  private mutating func rotate(in lane: Lane) {
    if lane.isInRotation || !mayGive(lane) { return }
    lane.isInRotation = true
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
  private func take(from lane: Lane) -> AnyWorkEntry {
    var best = 0
    if lane.levels.count > 1 {
      lane.levels.removeAll(where: \.entries.isEmpty)
      var most = standing(of: lane.levels[0])
      for index in lane.levels.indices.dropFirst() {
        let standing = standing(of: lane.levels[index])
        if standing > most { (best, most) = (index, standing) }
      }
    }
    return lane.levels[best].entries.popFirst().unsafelyUnwrapped
  }

  /// An item gains one step of priority for each `ageing` nanoseconds that it waits; which of two comes first does not depend on when they
  /// are compared. The first of a level has waited longest.
  private func standing(of level: Level) -> Int128 {
    guard let ageing, let first = level.entries.first else { return Int128(level.priority) }
    return Int128(level.priority) * Int128(ageing) - Int128(first.dueSince)
  }
}
