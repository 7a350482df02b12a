/// Slots in the order of their last use, linked through the slots themselves.
struct SlotList {
  private(set) var first: Int32 = -1
  private(set) var last: Int32 = -1
  private(set) var weight = 0

  mutating func pushFirst(_ slot: Int, _ slots: UnsafeMutablePointer<SlotInfo>, _ region: SlotInfo.Region) {
    slots[slot].region = region
    slots[slot].previous = -1
    slots[slot].next = first
    if first >= 0 { slots[Int(first)].previous = Int32(slot) } else { last = Int32(slot) }
    first = Int32(slot)
    weight += slots[slot].weight
  }

  mutating func remove(_ slot: Int, _ slots: UnsafeMutablePointer<SlotInfo>) {
    let (previous, next) = (slots[slot].previous, slots[slot].next)
    if previous >= 0 { slots[Int(previous)].next = next } else { first = next }
    if next >= 0 { slots[Int(next)].previous = previous } else { last = previous }
    weight -= slots[slot].weight
  }
}
