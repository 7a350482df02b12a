/// What a cache knows about an entry apart from its key and value.
@usableFromInline
package struct SlotInfo {
  @usableFromInline package var hash = 0
  /// The first moment at which a hit must look closer: a refresh is due, or the entry has expired.
  @usableFromInline package var attention = Int64.max
  /// When the entry is no longer served.
  @usableFromInline package var expires = Int64.max
  /// The store's epoch for which the entry is known to be right.
  @usableFromInline package var stamp: UInt64 = 0
  package var weight = 0
  /// Neighbours in the list of its region, or the next free slot.
  var previous: Int32 = -1
  var next: Int32 = -1
  package var region = Region.free

  /// Which of the policy's lists holds the entry.
  package enum Region: UInt8 { case free, window, probation, protected }
}

/// The slots of one shard, and the index that finds them by hash; the entries' keys and values lie beside it, by the same numbers.
///
/// Flat memory and not generic, so that it is compiled once: a hit touches one line of the index and one slot. Linear probing with
/// backward shifts on removal (Knuth, TAOCP 3, 6.4 R), at most half full.
@usableFromInline
package struct SlotTable: ~Copyable, @unchecked Sendable {  // owns its memory; its shard's lock protects it
  @usableFromInline package private(set) var slots: UnsafeMutablePointer<SlotInfo>
  /// Slot numbers, -1 for none.
  @usableFromInline private(set) var index: UnsafeMutablePointer<Int32>
  @usableFromInline private(set) var mask: Int
  package private(set) var capacity: Int
  package private(set) var count = 0
  private var firstFree: Int32 = -1

  package init(capacity: Int = 8) {
    let size = max(8, capacity - 1).nextPowerOfTwo
    self.capacity = size
    mask = 2 * size - 1
    slots = .allocate(capacity: size)
    slots.initialize(repeating: SlotInfo(), count: size)
    index = .allocate(capacity: 2 * size)
    index.initialize(repeating: -1, count: 2 * size)
    linkFree(from: 0)
  }
  deinit {
    slots.deallocate()
    index.deallocate()
  }

  package var isFull: Bool { firstFree < 0 }

  /// The slot with this hash for which `matches` holds, or -1.
  @inlinable @inline(__always)
  package func find(_ hash: Int, _ matches: (Int) -> Bool) -> Int {
    var position = hash & mask
    while true {
      let slot = Int(index[position])
      if slot < 0 { return -1 }
      if slots[slot].hash == hash && matches(slot) { return slot }
      position = (position &+ 1) & mask
    }
  }

  /// A slot for a new entry; there must be a free one.
  package mutating func take(_ hash: Int) -> Int {
    let slot = Int(firstFree)
    firstFree = slots[slot].next
    slots[slot] = SlotInfo(hash: hash)
    count += 1
    link(Int32(slot), hash)
    return slot
  }

  /// Frees a slot.
  package mutating func remove(_ slot: Int) {
    var hole = slots[slot].hash & mask
    while index[hole] != slot { hole = (hole + 1) & mask }
    // Moves back whatever probing would no longer find behind the hole.
    var position = (hole + 1) & mask
    while index[position] >= 0 {
      let home = slots[Int(index[position])].hash & mask
      if (position &- home) & mask >= (position &- hole) & mask {
        index[hole] = index[position]
        hole = position
      }
      position = (position + 1) & mask
    }
    index[hole] = -1
    slots[slot] = SlotInfo()
    slots[slot].next = firstFree
    firstFree = Int32(slot)
    count -= 1
  }

  /// Doubles the number of slots; their numbers stay.
  package mutating func grow() {
    let old = capacity
    capacity *= 2
    mask = 2 * capacity - 1
    let more = UnsafeMutablePointer<SlotInfo>.allocate(capacity: capacity)
    more.moveInitialize(from: slots, count: old)
    (more + old).initialize(repeating: SlotInfo(), count: old)
    slots.deallocate()
    slots = more
    index.deallocate()
    index = .allocate(capacity: 2 * capacity)
    index.initialize(repeating: -1, count: 2 * capacity)
    for slot in 0..<old where slots[slot].region != .free { link(Int32(slot), slots[slot].hash) }
    linkFree(from: old)
  }

  private func link(_ slot: Int32, _ hash: Int) {
    var position = hash & mask
    while index[position] >= 0 { position = (position + 1) & mask }
    index[position] = slot
  }

  private mutating func linkFree(from first: Int) {
    for slot in stride(from: capacity - 1, through: first, by: -1) {
      slots[slot].next = firstFree
      firstFree = Int32(slot)
    }
  }
}

extension Int {
  /// The smallest power of two above this number, which must not be negative.
  package var nextPowerOfTwo: Int { 1 << (Int.bitWidth - leadingZeroBitCount) }
}
