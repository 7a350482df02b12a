/// When each tag was invalidated last, in bounded memory.
///
/// An entry is right if none of its tags was invalidated after the epoch of its *creation*: so an invalidation costs the same however
/// many entries have the tag (after FusionCache), and a load that began before it is caught when it ends.
/// Beyond `limit` invalidations the oldest are forgotten: what was created before those and has a tag that is not on record counts
/// as invalidated. Forgetting errs on the safe side.
package struct TagTable: Sendable {
  private var stamps: [String: UInt64] = [:]
  /// The invalidations in order, from `oldest` on.
  private var order: [(tag: String, stamp: UInt64)] = []
  private var oldest = 0
  /// The epoch of the last invalidation that was forgotten.
  private var floor: UInt64 = 0
  /// The epoch of the last invalidation of everything.
  package private(set) var cleared: UInt64 = 0
  private let limit: Int

  package init(limit: Int = 8_192) { self.limit = limit }

  package mutating func invalidate(_ tag: String, at stamp: UInt64) {
    stamps[tag] = stamp
    order.append((tag, stamp))
    if order.count - oldest > limit {
      let forgotten = order[oldest]
      oldest += 1
      if stamps[forgotten.tag] == forgotten.stamp {
        stamps[forgotten.tag] = nil
        floor = forgotten.stamp
      }
      if oldest > limit {
        order.removeFirst(oldest)
        oldest = 0
      }
    }
  }

  package mutating func invalidateAll(at stamp: UInt64) {
    cleared = stamp
    // What the tags say is said by that for all entries there are.
    stamps = [:]
    order = []
    oldest = 0
  }

  /// Whether an entry with these tags, created in epoch `stamp`, is still right.
  package func isCurrent(_ tags: [String], since stamp: UInt64) -> Bool {
    stamp >= cleared && tags.allSatisfy { (stamps[$0] ?? floor) <= stamp }
  }
}
