/// Does something with the item in an entry of a queue in memory, whose type it knows.
@usableFromInline
typealias QuickWorkHandler = @Sendable (AnyWorkEntry) throws -> Void

/// Items that a worker has claimed together, because its handler cannot suspend and is quick.
final class WorkBatch: @unchecked Sendable {  // has one owner at a time
  /// How many nanoseconds a handler takes at most that is called for several items in a row.
  private static let quick: Int64 = 1000
  private static let most = 32

  @exclusivity(unchecked) private var claimed: [WorkGrant] = []
  /// How many of them have been taken to be worked on.
  @exclusivity(unchecked) private var taken = 0
  /// Which of them are done, a bit for each.
  @exclusivity(unchecked) private var completed: UInt32 = 0
  /// Whose entries may be used again when they are settled.
  @exclusivity(unchecked) private var reusable: UInt32 = 0
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
  func complete() { completed |= Self.bit(taken &- 1) }

  private func isCompleted(_ index: Int) -> Bool { completed & Self.bit(index) != 0 }
  private static func bit(_ index: Int) -> UInt32 { 1 &<< UInt32(truncatingIfNeeded: index) }

  // MARK: Settling these and claiming others

  /// Makes room for the next ones.
  ///
  /// Without the lock, because it sees which entries of the previous ones nobody else knows: nobody can come to know them.
  func turn() {
    swap(&claimed, &previous)
    reusable = 0
    for index in 0..<taken where isCompleted(index) && previous[index].entry.isUsual {
      if isKnownUniquelyReferenced(&previous[index].entry) { reusable |= Self.bit(index) }
    }
  }

  /// Says of each of the previous ones what is to become of it, unless that is settled: it is done, and whether its entry may be used again,
  /// or nobody has worked on it.
  func settle(complete: (AnyWorkEntry, _ isReusable: Bool) -> Void, release: (AnyWorkEntry) -> Void) {
    for index in 0..<taken where isCompleted(index) {
      complete(previous[index].entry, reusable & Self.bit(index) != 0)
    }
    for grant in previous[taken...].reversed() { release(grant.entry) }
    (taken, completed) = (0, 0)
  }

  func append(_ grant: WorkGrant) { claimed.append(grant) }

  func forgetSettled() { previous.removeAll(keepingCapacity: true) }

  /// - Parameter duration: how long it took to work on all of them.
  func resize(after duration: Int64) {
    size = duration < Int64(count) &* Self.quick ? min(2 &* size, Self.most) : 1
  }
}
