import CRevoada
import RevoadaChannels
import RevoadaScheduling

/// Looks at all watched goroutines of one world, one after the other.
///
/// Each is kept in its wait while it is looked at, which takes a fraction of a microsecond; there is no moment at which all stand
/// still. What is true of all of them at once follows from two looks between which none has gone on.
struct GoroutineSample {
  /// What was seen of one goroutine, before others are known.
  private struct Sight {
    let goroutine: AnyGoroutine
    var cases: [SeenCase] = []
    var wait: UInt64 = 0
    var isLimited = false
  }

  /// One case of its wait.
  private struct SeenCase {
    var kind = WaitKind.other
    /// The goroutine whose end is awaited.
    var goroutine: UInt64?
    var subject: WaitSubject?
    var identity: UInt = 0
    var amount = 0
    var predecessor: UInt = 0
    /// Of what one alone can hold.
    var holder: UInt = 0
  }

  private var sights: [Sight] = []
  private var holders: [UInt: WaiterID] = [:]
  private var nodes: [UInt: WaiterID] = [:]
  /// Who waits at which barrier.
  private var parties: [UInt: Set<WaiterID>] = [:]
  private var living: Set<UInt64> = []

  /// One sample at a time: what identifies a wait is noted in the goroutine's record.
  private static let turn = Guarded(())

  /// - Parameter isWanted: which goroutines to look at.
  static func take(where isWanted: (AnyGoroutine, WatchRecord) -> Bool) -> [WaitSnapshot] {
    let goroutines = Watching.goroutines
    let sample = turn.withLock { _ in
      var sample = GoroutineSample()
      for goroutine in goroutines { sample.look(at: goroutine, where: isWanted) }
      return UncheckedTransfer(sample)
    }
    return sample.value.snapshots
  }

  private mutating func look(
    at goroutine: AnyGoroutine, where isWanted: (AnyGoroutine, WatchRecord) -> Bool
  ) {
    var sight = Sight(goroutine: goroutine)
    let id = WaiterID.goroutine(goroutine.id)
    let isOurs = goroutine.observe { record, wait in
      if !isWanted(goroutine, record.pointee) { return false }
      holders[record.pointee.holder] = id
      sight.isLimited = record.pointee.deadline?.isPending ?? false
      switch wait {
      case .none: break
      case .ending(let other):
        record.wait.pointee.see(1, UInt(other), again: true)
        sight.cases = [SeenCase(kind: .goroutine, goroutine: other)]
      case .node(let node):
        if let select = node.select {
          record.wait.pointee.see(UInt(bitPattern: select), select.generation, again: true)
          sight.cases = cases(of: select, id)
        } else {
          record.wait.pointee.see(UInt(bitPattern: node), 0, again: node.markSeen())
          sight.cases = node.lock.flatMap { look(at: node, $0, id) }.map { [$0] } ?? []
        }
      }
      sight.wait = record.wait.pointee.serial
      return true
    }
    guard isOurs == true else { return }
    living.insert(goroutine.id)
    sights.append(sight)
  }

  /// None if the select has been decided.
  private mutating func cases(of select: SelectPointer, _ id: WaiterID) -> [SeenCase] {
    if !select.isOpen { return [] }
    let timer = SeenCase(kind: .timer)
    let count = select.pointee.waitingCases
    if count < 0 { return [timer] }
    let slots = select.descriptions.assumingMemoryBound(to: SelectSlot.self)
    var cases: [SeenCase] = []
    for index in 0..<count {
      guard let waiter = slots[index].waiter else {
        cases.append(timer)
        continue
      }
      if let seen = look(at: waiter.node, waiter.lock, id) { cases.append(seen) }
    }
    // A select without cases waits for its cancellation.
    if count == 0 { return [SeenCase()] }
    // Fewer than there are: one has been served just now.
    return cases.count == count ? cases : []
  }

  /// Nil if the node is in no queue: it has been served.
  private mutating func look(at node: Waiter, _ lock: UnsafeMutablePointer<crv_lock>, _ id: WaiterID)
    -> SeenCase?
  {
    crv_lock_acquire(lock)
    defer { crv_lock_release(lock) }
    guard node.pointee.isQueued, let queue = node.queue else { return nil }
    nodes[UInt(bitPattern: node)] = id
    let about = queue.pointee.about
    if about.kind == .barrier { parties[UInt(bitPattern: lock), default: []].insert(id) }
    return SeenCase(
      kind: about.kind, goroutine: about.goroutine, subject: about.subject, identity: UInt(bitPattern: lock),
      amount: node.pointee.amount, predecessor: UInt(bitPattern: node.predecessor),
      holder: about.kind == .lock ? crv_load_word(queue.holder) : 0)
  }

  // MARK: Putting it together

  private var snapshots: [WaitSnapshot] {
    sights.map { sight in
      let id = WaiterID.goroutine(sight.goroutine.id)
      let cases = sight.cases.map { waitCase($0, of: id) }
      return WaitSnapshot(sight.goroutine, cases: cases, wait: sight.wait, isLimited: sight.isLimited)
    }
  }

  private func waitCase(_ seen: SeenCase, of id: WaiterID) -> WaitCase {
    if let other = seen.goroutine {
      let object = WaitObject("\(WaitKind.goroutine.words) \(other)", name: nil, identity: 0)
      // One that has ended is about to wake who awaits it, and one that is not watched may run.
      return WaitCase(object, endedBy: living.contains(other) ? .oneOf([.goroutine(other)]) : .time)
    }
    let object = WaitObject(seen.kind, name: seen.subject?.name, identity: seen.identity)
    let predecessor = seen.kind.isServedInOrder ? nodes[seen.predecessor] : nil
    return WaitCase(object, endedBy: enders(seen, of: id), behind: predecessor)
  }

  private func enders(_ seen: SeenCase, of id: WaiterID) -> WaitEnders {
    if seen.kind == .timer { return .time }
    if seen.kind == .lock { return holders[seen.holder].map { .holders([$0]) } ?? .anybody }
    guard let subject = seen.subject else { return .anybody }
    switch seen.kind {
    case .readWrite:
      // A reader minds writers only: the others let it wait because of its predecessor. A reader that wants to become a writer
      // minds the others.
      let minded = subject.holds.filter { seen.amount != 0 || $0.amount == 1 }.compactMap {
        holders[$0.holder]
      }
      return .holders(seen.amount == 2 ? minded.filter { $0 != id } : minded)
    case .permits where subject.enders != nil: return Self.enders(subject.enders ?? [])
    case .permits, .place:
      let held = subject.holds.compactMap { hold in
        holders[hold.holder].map { WaitEnders.Held($0, hold.amount) }
      }
      return subject.size.map { .permits(needed: seen.amount, size: $0, held: held) } ?? .anybody
    case .receive: return subject.senders.map(Self.enders) ?? .anybody
    case .send: return subject.receivers.map(Self.enders) ?? .anybody
    case .barrier:
      return subject.enders.map { missing($0, of: subject.size ?? 0, at: seen.identity, id) } ?? .anybody
    case .group, .condition, .latch: return subject.enders.map(Self.enders) ?? .anybody
    default: return .anybody
    }
  }

  /// Of the declared parties of a barrier, those who have not come.
  private func missing(_ declared: [AnyGoroutine], of count: Int, at barrier: UInt, _ id: WaiterID)
    -> WaitEnders
  {
    let others = declared.filter { parties[barrier]?.contains(.goroutine($0.id)) != true }
    // More than are needed: any of them may come.
    if declared.count != count { return Self.enders(declared.filter { .goroutine($0.id) != id }) }
    // Who has ended has not waited in this round: it would still do so.
    if others.contains(where: \.hasEnded) { return .oneOf([]) }
    return .holders(others.map { .goroutine($0.id) })
  }

  /// Of something whose users are declared.
  private static func enders(_ declared: [AnyGoroutine]) -> WaitEnders {
    .oneOf(declared.filter { !$0.hasEnded }.map { .goroutine($0.id) })
  }
}

extension WaitKind {
  /// Whether waiters are never overtaken, so that one who is stuck keeps those behind it.
  fileprivate var isServedInOrder: Bool { self == .readWrite || self == .permits || self == .place }
}
