/// Which entries stay when a shard is full: W-TinyLFU.
///
/// A newcomer enters a small *window* (1 % of the room). What falls out of it becomes a candidate for the main room and competes with
/// the entry there that was used least recently: the one that was asked for more often lately stays. The main room is a
/// segmented list: an entry on *probation* that is used again becomes *protected* (at most 80 % of it). So a scan of keys that are used
/// once does not push out what is used all the time. Einziger, Friedman and Manes, "TinyLFU" (2017); Karedla, Love and Wherry,
/// "Caching Strategies to Improve Disk System Performance" (1994) for the segments.
///
/// Between two entries that were seen no more than once the younger stays (the paper keeps the older): without
/// any sign of repetition a cache should be no worse than one that evicts what was used least recently. The paper's random
/// admissions against crafted collisions are left out: Swift's hashes are seeded for each process.
@usableFromInline
package struct EvictionPolicy {
  /// The largest sum of weights; `Int.max` for no limit, below 1 nothing fits.
  package let limit: Int
  private let windowLimit: Int
  private let protectedLimit: Int
  private var window = SlotList()
  private var probation = SlotList()
  private var protected = SlotList()
  private var sketch = FrequencySketch()
  /// How many entries at the head of the probation list have not competed for their place yet.
  private var candidates = 0

  package init(limit: Int) {
    self.limit = limit
    windowLimit = max(1, limit / 100)
    protectedLimit = (max(0, limit) - min(windowLimit, max(0, limit))) / 5 * 4
  }

  package var isUnlimited: Bool { limit == .max }
  /// The sum of the weights of all entries.
  package var weight: Int { window.weight + probation.weight + protected.weight }

  /// The shard has room for so many slots now.
  package mutating func resize(slots: Int) {
    if !isUnlimited { sketch.reset(capacity: slots) }
  }

  /// An entry was used.
  @usableFromInline
  package mutating func touch(_ slot: Int, _ slots: UnsafeMutablePointer<SlotInfo>) {
    if isUnlimited { return }
    count(slots[slot].hash)
    switch slots[slot].region {
    case .free: break
    case .window: if window.first != slot { move(slot, slots, to: .window) }
    case .protected: if protected.first != slot { move(slot, slots, to: .protected) }
    case .probation:
      move(slot, slots, to: .protected)
      while protected.weight > protectedLimit, protected.last >= 0 {
        move(Int(protected.last), slots, to: .probation)
      }
    }
  }

  /// An entry has come; its weight is set.
  package mutating func insert(_ slot: Int, _ slots: UnsafeMutablePointer<SlotInfo>) {
    window.pushFirst(slot, slots, .window)
    if !isUnlimited { count(slots[slot].hash) }
  }

  /// An entry goes, for whatever reason.
  package mutating func remove(_ slot: Int, _ slots: UnsafeMutablePointer<SlotInfo>) {
    take(slot, slots)
  }

  /// An entry is replaced by one of another weight.
  package mutating func reweigh(_ slot: Int, _ slots: UnsafeMutablePointer<SlotInfo>, _ weight: Int) {
    let region = slots[slot].region
    take(slot, slots)
    slots[slot].weight = weight
    push(slot, slots, region)
  }

  /// The next entry to evict, nil when all the others may stay. To be called, and obeyed, until it says nil after each insertion.
  package mutating func nextVictim(_ slots: UnsafeMutablePointer<SlotInfo>) -> Int? {
    if isUnlimited { return nil }
    while window.weight > windowLimit, window.last >= 0 {
      move(Int(window.last), slots, to: .probation)
      candidates += 1
    }
    if weight <= limit {
      candidates = 0
      return nil
    }
    let victim = Int(
      probation.last >= 0 ? probation.last : protected.last >= 0 ? protected.last : window.last)
    let candidate = Int(probation.first)
    if candidates == 0 || candidate == victim || candidate < 0 { return victim }
    if admits(slots[candidate].hash, over: slots[victim].hash) { return victim }
    candidates -= 1
    return candidate
  }

  private func admits(_ candidate: Int, over victim: Int) -> Bool {
    let (newer, older) = (sketch.frequency(candidate), sketch.frequency(victim))
    return newer > older || older <= 1
  }

  /// While the shard is less than half full nothing will be evicted soon: no need to count.
  private mutating func count(_ hash: Int) {
    if weight >= limit / 2 { sketch.increment(hash) }
  }

  private mutating func move(
    _ slot: Int, _ slots: UnsafeMutablePointer<SlotInfo>, to region: SlotInfo.Region
  ) {
    take(slot, slots)
    push(slot, slots, region)
  }

  private mutating func take(_ slot: Int, _ slots: UnsafeMutablePointer<SlotInfo>) {
    switch slots[slot].region {
    case .free: break
    case .window: window.remove(slot, slots)
    case .probation: probation.remove(slot, slots)
    case .protected: protected.remove(slot, slots)
    }
  }

  private mutating func push(_ slot: Int, _ slots: UnsafeMutablePointer<SlotInfo>, _ region: SlotInfo.Region)
  {
    switch region {
    case .free: break
    case .window: window.pushFirst(slot, slots, .window)
    case .probation: probation.pushFirst(slot, slots, .probation)
    case .protected: protected.pushFirst(slot, slots, .protected)
    }
  }
}
