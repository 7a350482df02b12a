/// One timer: a deadline and what to do then.
package final class TimerEntry: @unchecked Sendable {
  // Links and `slot` are protected by the lock of the timers.
  /// Nanoseconds of the time source.
  package let deadline: Int64
  let action: @Sendable () -> Void
  /// Order among equal deadlines.
  var sequence: UInt64 = 0
  /// Where the entry is linked; nil when it is not.
  var slot: Int?
  var next: TimerEntry?
  unowned(unsafe) var previous: TimerEntry?

  init(deadline: Int64, action: @escaping @Sendable () -> Void) {
    self.deadline = deadline
    self.action = action
  }
}

/// A hierarchical timing wheel: constant-time insertion and removal, whatever the number of timers.
///
/// Eight levels of 64 slots; a slot of level n spans 64ⁿ ticks of 16.4 µs. Entries move one level down
/// when their slot's time comes. Varghese and Lauck, "Hashed and Hierarchical Timing Wheels" (1987); the level is found by
/// the highest bit in which deadline and present differ, as in tokio's `time/wheel`.
struct TimerWheel {
  private static let tickShift = 14
  private static let levels = 8

  /// Ticks that have been processed.
  private var elapsed: UInt64
  private var slots: [TimerEntry?]
  /// A bit for each slot that is not empty.
  private var occupied: [UInt64]
  private var nextSequence: UInt64 = 0
  private(set) var count = 0

  init(now: Int64) {
    elapsed = UInt64(max(0, now)) >> Self.tickShift
    slots = Array(repeating: nil, count: Self.levels * 64)
    occupied = Array(repeating: 0, count: Self.levels)
  }

  /// The last tick that the wheel can tell from the present: after 146 years. Later ones would go round.
  private static let lastTick: UInt64 = (1 << UInt64(6 * levels)) - 1

  /// The first tick at which the entry is due: never early.
  private static func tick(of deadline: Int64) -> UInt64 {
    min(lastTick, (UInt64(max(0, deadline)) + (1 << tickShift) - 1) >> tickShift)
  }

  mutating func insert(_ entry: TimerEntry) {
    entry.sequence = nextSequence
    nextSequence += 1
    count += 1
    link(entry)
  }

  private mutating func link(_ entry: TimerEntry) {
    // A deadline in the past is due at the next tick.
    let due = max(Self.tick(of: entry.deadline), elapsed + 1)
    let significant = (elapsed ^ due) | 63
    let level = min(Self.levels - 1, (63 - significant.leadingZeroBitCount) / 6)
    let slot = Int(due >> UInt64(6 * level)) & 63
    let index = level * 64 + slot
    entry.slot = index
    entry.previous = nil
    entry.next = slots[index]
    entry.next?.previous = entry
    slots[index] = entry
    occupied[level] |= 1 << UInt64(slot)
  }

  /// True if the entry had not fired.
  mutating func remove(_ entry: TimerEntry) -> Bool {
    guard let index = entry.slot else { return false }
    if let previous = entry.previous { previous.next = entry.next } else { slots[index] = entry.next }
    entry.next?.previous = entry.previous
    if slots[index] == nil { occupied[index / 64] &= ~(1 << UInt64(index % 64)) }
    entry.slot = nil
    entry.next = nil
    entry.previous = nil
    count -= 1
    return true
  }

  /// When the wheel wants to be advanced next: not later than the first deadline.
  var nextWake: Int64? {
    nextSlot().map { Int64(clamping: $0.due << UInt64(Self.tickShift)) }
  }

  /// The slot that is due first. All occupied slots of a level lie ahead of the present one, because an entry's level is
  /// that of the highest digit in which it differs from the present.
  private func nextSlot() -> (level: Int, slot: Int, due: UInt64)? {
    for level in 0..<Self.levels where occupied[level] != 0 {
      let slot = occupied[level].trailingZeroBitCount
      let shift = UInt64(6 * level)
      let round = (elapsed >> (shift + 6)) << (shift + 6)
      return (level, slot, round + UInt64(slot) << shift)
    }
    return nil
  }

  /// Takes out every entry that is due at `now`, in the order of deadlines, equal ones in the order of insertion.
  mutating func advance(to now: Int64) -> [TimerEntry] {
    let target = UInt64(max(0, now)) >> Self.tickShift
    var due: [TimerEntry] = []
    while let (level, slot, at) = nextSlot(), at <= target {
      elapsed = at
      let index = level * 64 + slot
      var entry = slots[index]
      slots[index] = nil
      occupied[level] &= ~(1 << UInt64(slot))
      while let current = entry {
        entry = current.next
        current.next = nil
        current.previous = nil
        current.slot = nil
        if Self.tick(of: current.deadline) <= elapsed {
          count -= 1
          due.append(current)
        } else {
          link(current)
        }
      }
    }
    elapsed = max(elapsed, target)
    due.sort { ($0.deadline, $0.sequence) < ($1.deadline, $1.sequence) }
    return due
  }
}
