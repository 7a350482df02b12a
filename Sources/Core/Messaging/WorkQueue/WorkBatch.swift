/// Does something with the item in an entry of a queue in memory, whose type it knows.
@usableFromInline
typealias QuickWorkHandler = @Sendable (AnyWorkEntry) throws -> Void

/// Items that a worker has claimed together, because its handler cannot suspend and is quick.
final class WorkBatch: @unchecked Sendable {  // has one owner at a time
  /// How many nanoseconds a handler takes at most that is called for several items in a row.
  private static let quick: Int64 = 1000
  private static let most = 16

  @exclusivity(unchecked) private var claimed: [WorkGrant] = []
  /// How many of them have been taken to be worked on.
  @exclusivity(unchecked) private var taken = 0
  /// Which of them are done, a bit for each.
  @exclusivity(unchecked) private var completed: UInt16 = 0
  /// The ones before, until they are settled; released after the lock, because that may run a user's `deinit`.
  @exclusivity(unchecked) private var previous: [WorkGrant] = []
  @exclusivity(unchecked) private var size = 1
  /// Whether the worker has been called to look for items, and has not looked yet.
  @exclusivity(unchecked) var isCalled = false

  var count: Int { claimed.count }
  var hasRoom: Bool { claimed.count < size }
  var completedCount: Int { completed.nonzeroBitCount }

  // MARK: Working

  func takeFirst() -> WorkGrant? {
    if taken == claimed.count { return nil }
    defer { taken &+= 1 }
    return claimed[taken]
  }

  /// The one taken last is done.
  func complete() { completed |= 1 << UInt16(taken &- 1) }

  // MARK: Settling these and claiming others

  /// Makes room for the next ones.
  func turn() { swap(&claimed, &previous) }

  /// Says of each of the previous ones what is to become of it, unless that is settled: it is done, or nobody has worked on it.
  func settle(complete: (AnyWorkEntry) -> Void, release: (AnyWorkEntry) -> Void) {
    for index in 0..<taken where completed & 1 << UInt16(index) != 0 { complete(previous[index].entry) }
    for grant in previous[taken...].reversed() { release(grant.entry) }
  }

  /// Hands over the entries of those that are done and that nobody else knows, to be used again.
  func giveSpent(to spent: inout [AnyWorkEntry], atMost limit: Int) {
    for index in 0..<taken where completed & 1 << UInt16(index) != 0 {
      if spent.count < limit, previous[index].entry.isUsual, isKnownUniquelyReferenced(&previous[index].entry)
      {
        spent.append(previous[index].entry)
      }
    }
    (taken, completed) = (0, 0)
  }

  func append(_ grant: WorkGrant) { claimed.append(grant) }

  func forgetSettled() { previous.removeAll(keepingCapacity: true) }

  /// - Parameter duration: how long it took to work on all of them.
  func resize(after duration: Int64) {
    size = duration < Int64(count) &* Self.quick ? min(2 &* size, Self.most) : 1
  }
}
