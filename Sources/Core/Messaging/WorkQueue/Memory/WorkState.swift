/// The items of a queue in memory and their ledger: what happens comes in, what to do comes out. Without lock or clock; whoever
/// uses it provides both.
///
/// What leaves for good is returned, to be released after the lock: that may run a user's `deinit`.
struct WorkState: ~Copyable {
  private(set) var ready: ReadyQueue
  private(set) var ledger = WorkLedger()
  private(set) var isClosed = false
  private let capacity: Int?
  private var lastID: UInt64 = 0
  /// The pending items that have unique keys.
  private var keys: [String: AnyWorkEntry] = [:]
  private var delayed: [UInt64: AnyWorkEntry] = [:]
  private var dead: [UInt64: AnyWorkEntry] = [:]
  /// Dead letters that nobody holds, the oldest first.
  private var shelf = Fifo<AnyWorkEntry>()

  init(ageing: Int64?, laneLimit: Int?, capacity: Int?) {
    ready = ReadyQueue(ageing: ageing, limit: laneLimit)
    self.capacity = capacity
  }

  var isIdle: Bool { ledger.pending == 0 }
  /// Whether there is nothing more to work on, ever.
  var isDrained: Bool { isClosed && isIdle }
  /// Whether there will be no more dead letters, ever.
  var isRead: Bool { isDrained && dead.isEmpty }
  var hasRoom: Bool { capacity.map { ledger.ready + ledger.delayed < $0 } ?? true }

  // MARK: Coming in

  /// What is to become of an added item.
  enum Admission {
    /// It is due.
    case ready
    /// A timer is to make it due.
    case delayed
    /// It was not added.
    case duplicate
  }

  mutating func add(_ entry: AnyWorkEntry, isDelayed: Bool, at now: Int64) -> Admission {
    if let key = entry.options.key {
      if let other = keys[key] {
        ledger.duplicates += 1
        entry.duplicateOf = other.id
        entry.phase = .gone
        return .duplicate
      }
      keys[key] = entry
    }
    lastID += 1
    entry.id = lastID
    ledger.added += 1
    return isDelayed ? delay(entry) : makeReady(entry, at: now)
  }

  private mutating func delay(_ entry: AnyWorkEntry) -> Admission {
    entry.phase = .delayed
    delayed[entry.id] = entry
    ledger.delayed += 1
    return .delayed
  }

  @discardableResult
  private mutating func makeReady(_ entry: AnyWorkEntry, first: Bool = false, at now: Int64) -> Admission {
    entry.phase = .ready
    entry.dueSince = now
    ready.push(entry, first: first)
    ledger.ready += 1
    return .ready
  }

  /// The delay of an item is over.
  mutating func due(_ entry: AnyWorkEntry, at now: Int64) {
    guard entry.phase == .delayed else { return }
    entry.timer = nil
    delayed[entry.id] = nil
    ledger.delayed -= 1
    makeReady(entry, at: now)
  }

  mutating func close() { isClosed = true }

  // MARK: Going out

  var mayClaim: Bool { ready.mayPop }

  mutating func claim() -> WorkGrant? {
    guard let entry = ready.pop() else { return nil }
    entry.phase = .claimed
    entry.attempt &+= 1
    entry.delivery &+= 1
    ledger.ready -= 1
    ledger.claimed += 1
    return WorkGrant(entry)
  }

  /// Whether this delivery is still the holder's.
  func isHeld(_ entry: AnyWorkEntry, _ delivery: Int32) -> Bool {
    entry.phase == .claimed && entry.delivery == delivery
  }

  // Settling; the delivery is known to be the holder's:

  mutating func complete(_ entry: AnyWorkEntry) {
    leave(entry)
    ledger.completed += 1
  }

  mutating func retry(_ entry: AnyWorkEntry, isDelayed: Bool, at now: Int64) {
    unclaim(entry)
    ledger.retries += 1
    if isDelayed { _ = delay(entry) } else { makeReady(entry, at: now) }
  }

  mutating func release(_ entry: AnyWorkEntry) {
    unclaim(entry)
    entry.attempt -= 1
    makeReady(entry, first: true, at: entry.dueSince)
  }

  mutating func recover(_ entry: AnyWorkEntry, at now: Int64) {
    unclaim(entry)
    entry.crashes += 1
    ledger.crashRecoveries += 1
    makeReady(entry, at: now)
  }

  mutating func die(_ entry: AnyWorkEntry, _ error: any Error, attempts: Int32, asDeadLetter: Bool) {
    leave(entry)
    if !asDeadLetter {
      ledger.discarded += 1
      return
    }
    entry.phase = .dead
    entry.error = error
    entry.attempt = attempts
    dead[entry.id] = entry
    shelf.append(entry)
    ledger.dead += 1
  }

  private mutating func unclaim(_ entry: AnyWorkEntry) {
    ledger.claimed -= 1
    ready.settled(entry)
  }

  /// The item is no longer pending.
  private mutating func leave(_ entry: AnyWorkEntry) {
    unclaim(entry)
    forget(entry)
  }

  private mutating func forget(_ entry: AnyWorkEntry) {
    entry.phase = .gone
    if let key = entry.options.key { keys[key] = nil }
  }

  /// Everything that nobody works on leaves, in the order in which it came.
  mutating func takeBack() -> [AnyWorkEntry] {
    let all = (ready.drain() + delayed.values).sorted { $0.id < $1.id }
    for entry in all { forget(entry) }
    delayed = [:]
    ledger.ready = 0
    ledger.delayed = 0
    ledger.takenBack += all.count
    return all
  }

  // MARK: Dead letters

  mutating func claimDead() -> AnyWorkEntry? {
    guard let entry = shelf.popFirst() else { return nil }
    entry.isHeld = true
    return entry
  }

  mutating func removeDead(_ id: UInt64) -> AnyWorkEntry? {
    guard let entry = dead[id], entry.isHeld else { return nil }
    bury(entry)
    ledger.removed += 1
    return entry
  }

  mutating func returnDead(_ id: UInt64) {
    guard let entry = dead[id], entry.isHeld else { return }
    entry.isHeld = false
    shelf.prepend(entry)
  }

  mutating func replay(_ ids: Set<UInt64>?, first: Bool, at now: Int64) -> Int {
    var chosen = unheld(ids)
    if first { chosen.reverse() }
    var replayed = 0
    for entry in chosen {
      if let key = entry.options.key {
        if keys[key] != nil { continue }
        keys[key] = entry
      }
      bury(entry)
      entry.attempt = 0
      entry.crashes = 0
      ledger.replayed += 1
      makeReady(entry, first: first, at: now)
      replayed += 1
    }
    shelf.removeAll { $0.phase != .dead }
    return replayed
  }

  mutating func purge(_ ids: Set<UInt64>?) -> [AnyWorkEntry] {
    let chosen = unheld(ids)
    for entry in chosen { bury(entry) }
    shelf.removeAll { $0.phase != .dead }
    ledger.purged += chosen.count
    return chosen
  }

  /// The oldest letters, held ones included.
  func letters(_ limit: Int) -> [AnyWorkEntry] {
    let held = dead.values.filter(\.isHeld).sorted { $0.id < $1.id }
    return Array((held + shelf.elements).prefix(max(0, limit)))
  }

  private func unheld(_ ids: Set<UInt64>?) -> [AnyWorkEntry] {
    shelf.elements.filter { ids?.contains($0.id) ?? true }
  }

  private mutating func bury(_ entry: AnyWorkEntry) {
    dead[entry.id] = nil
    entry.phase = .gone
    entry.isHeld = false
    ledger.dead -= 1
  }
}
