import CRevoada
import RevoadaScheduling

/// What is behind every queue in memory: the state, its lock, and those who wait.
///
/// Not generic, so that it is compiled once.
@usableFromInline
final class MemoryWorkCore: @unchecked Sendable {  // everything is protected by the lock of `room`
  let name: String
  /// The lock, and the queue of those who wait for room.
  private let room = WaitingRoom()
  /// Those who wait, under the same lock: for an item, for a dead letter, for everything to be done.
  private let claimers = UnsafeMutablePointer<WaitQueue>.allocate(capacity: 1)
  private let readers = UnsafeMutablePointer<WaitQueue>.allocate(capacity: 1)
  private let idlers = UnsafeMutablePointer<WaitQueue>.allocate(capacity: 1)
  /// Workers that take several items at a time: they are called, one after the other, to look for some; see ``exchange(_:claims:)``.
  private let callees = UnsafeMutablePointer<WaitQueue>.allocate(capacity: 1)
  /// Whether one is called that has not looked yet.
  @exclusivity(unchecked) private var isCalling = false
  @exclusivity(unchecked) private var state: WorkState
  /// Entries of usual items that are done, to be used again: memory that one core takes and another gives back is dear.
  @exclusivity(unchecked) private var spent: [AnyWorkEntry] = []
  private static let mostSpent = 256

  init(name: String, ageing: Duration?, laneLimit: Int?, capacity: Int?) {
    self.name = name
    state = WorkState(ageing: ageing?.nanoseconds, laneLimit: laneLimit, capacity: capacity)
    for queue in [claimers, readers, idlers, callees] { queue.initialize(to: WaitQueue()) }
  }

  deinit { for queue in [claimers, readers, idlers, callees] { queue.deallocate() } }

  var ledger: WorkLedger { room.withLock { state.ledger } }

  // MARK: Coming in

  /// Adds an item, if that can be done at once.
  @usableFromInline
  func tryEnqueue(_ entry: AnyWorkEntry) -> Bool {
    let now = Timers.current.now
    return room.serve { served in admitNow(entry, at: now, &served) }
  }

  /// Adds a usual item in an entry that was used before, if there is one and that can be done at once.
  /// - Parameter fill: puts the item into the entry; called with the lock held.
  /// - Returns: the item's number.
  @usableFromInline
  func tryEnqueue(_ fill: (AnyWorkEntry) -> Void) -> UInt64? {
    let now = Timers.current.now
    return room.serve { served in
      guard mayAdmit, let entry = spent.popLast() else { return nil }
      entry.renew()
      fill(entry)
      admit(entry, at: now)
      // Once it is given out, somebody else may use the entry again.
      let id = entry.id
      dispatch(&served)
      return id
    }
  }

  @usableFromInline
  nonisolated(nonsending)
    func enqueue(_ entry: AnyWorkEntry) async throws
  {
    let now = Timers.current.now
    var served = Wakeups()
    crv_lock_acquire(room.lock)
    if state.isClosed {
      crv_lock_release(room.lock)
      throw WorkQueueError.closed(queue: name)
    }
    if admitNow(entry, at: now, &served) {
      crv_lock_release(room.lock)
      return served.wakeAll()
    }
    let node = WaitNode.take()
    node.slot(for: Unmanaged<AnyWorkEntry>.self).initialize(to: .passUnretained(entry))
    await node.park(in: room.queue, lock: room.lock)
    let outcome = node.pointee.outcome
    node.recycle()
    withExtendedLifetime(entry) {}
    switch outcome {
    case .cancelled: throw CancellationError()
    case .closed: throw WorkQueueError.closed(queue: name)
    default: break
    }
  }

  private var mayAdmit: Bool { !state.isClosed && state.hasRoom && room.isEmpty }

  private func admitNow(_ entry: AnyWorkEntry, at now: Int64, _ served: inout Wakeups) -> Bool {
    guard mayAdmit else { return false }
    admit(entry, at: now)
    dispatch(&served)
    return true
  }

  private func admit(_ entry: AnyWorkEntry, at now: Int64) {
    let delay = entry.options.delay
    if state.add(entry, isDelayed: delay > .zero, at: now) == .delayed { wakeLater(entry, after: delay) }
  }

  /// Makes a delayed item due when its time has come.
  private func wakeLater(_ entry: AnyWorkEntry, after delay: Duration) {
    let timers = Timers.current
    entry.timer = (
      timers,
      timers.schedule(after: delay.nanoseconds) { [self] in
        room.serve { served in
          state.due(entry, at: timers.now)
          dispatch(&served)
        }
      }
    )
  }

  /// Gives items to those who wait for them, and lets new ones in.
  private func dispatch(_ served: inout Wakeups) {
    repeat {
      while !claimers.pointee.isEmpty, let grant = state.claim(), let node = claimers.pointee.popFirst() {
        startLease(of: grant.entry, Int64(node.pointee.amount))
        node.slot(for: WorkGrant.self).initialize(to: grant)
        served.append(node.granted())
      }
    } while admitWaiting(&served)
    if !isCalling, state.mayClaim, let node = callees.pointee.popFirst() {
      isCalling = true
      served.append(node.granted())
    }
  }

  /// Lets in the first who waits for room, if there is any.
  private func admitWaiting(_ served: inout Wakeups) -> Bool {
    guard !room.isEmpty, state.hasRoom, let node = room.popFirst() else { return false }
    let entry = node.slot(for: Unmanaged<AnyWorkEntry>.self).pointee.takeUnretainedValue()
    served.append(node.granted())
    admit(entry, at: Timers.current.now)
    return true
  }

  // MARK: Going out

  /// - Parameter lease: nanoseconds; 0 for none.
  nonisolated(nonsending)
    func claim(lease: Int64) async throws -> WorkGrant?
  {
    crv_lock_acquire(room.lock)
    if let grant = state.claim() {
      startLease(of: grant.entry, lease)
      var served = Wakeups()
      if !room.isEmpty { dispatch(&served) }
      crv_lock_release(room.lock)
      served.wakeAll()
      return grant
    }
    if state.isDrained {
      crv_lock_release(room.lock)
      return nil
    }
    let node = WaitNode.take()
    node.pointee.amount = Int(lease)
    await node.park(in: claimers, lock: room.lock)
    defer { node.recycle() }
    switch node.pointee.outcome {
    case .granted: return node.slot(for: WorkGrant.self).move()
    case .cancelled: throw CancellationError()
    default: return nil
    }
  }

  private func startLease(of entry: AnyWorkEntry, _ lease: Int64) {
    if lease == 0 { return }
    let (timers, delivery) = (Timers.current, entry.delivery)
    entry.timer = (
      timers,
      timers.schedule(after: lease) { [self] in
        room.serve { served in
          guard state.isHeld(entry, delivery) else { return }
          entry.timer = nil
          state.recover(entry, at: timers.now)
          dispatch(&served)
        }
      }
    )
  }

  private func stopTimer(of entry: AnyWorkEntry) {
    guard let (timers, timer) = entry.timer else { return }
    timers.cancel(timer)
    entry.timer = nil
  }

  // MARK: Going out, several at a time

  /// Settles the items that a worker has claimed together: those that it has completed are done, those that it has left come back. Then
  /// claims the next ones for it.
  /// - Returns: whether there were any.
  func exchange(_ batch: WorkBatch, claims: Bool) -> Bool {
    batch.turn()
    room.serve { served in
      if batch.isCalled { isCalling = false }
      batch.isCalled = false
      batch.settle(
        complete: { entry, isReusable in
          state.complete(entry)
          if isReusable, spent.count < Self.mostSpent { spent.append(entry) }
        },
        release: { state.release($0) })
      if !claimers.pointee.isEmpty { dispatch(&served) }
      if claims { while batch.hasRoom, let grant = state.claim() { batch.append(grant) } }
      settled(&served)
    }
    batch.forgetSettled()
    return batch.count > 0
  }

  /// Waits until there may be items for a worker that takes several at a time.
  /// - Returns: whether it is to look for some; else it is cancelled, or there will be no more.
  nonisolated(nonsending)
    func waitForItems(_ batch: WorkBatch) async -> Bool
  {
    crv_lock_acquire(room.lock)
    if state.mayClaim || state.isDrained {
      defer { crv_lock_release(room.lock) }
      return state.mayClaim
    }
    let node = WaitNode.take()
    await node.park(in: callees, lock: room.lock)
    batch.isCalled = node.pointee.outcome == .granted
    node.recycle()
    return batch.isCalled
  }

  // MARK: Settling

  func extend(_ entry: AnyWorkEntry, _ delivery: Int32, lease: Int64) throws {
    try settle(entry, delivery) { _ in startLease(of: entry, lease) }
  }

  func ack(_ entry: AnyWorkEntry, _ delivery: Int32) throws {
    try settle(entry, delivery) { served in
      state.complete(entry)
      settled(&served)
    }
  }

  func nak(_ entry: AnyWorkEntry, _ delivery: Int32, delay: Duration) throws {
    let now = Timers.current.now
    try settle(entry, delivery) { served in
      state.retry(entry, isDelayed: delay > .zero, at: now)
      if delay > .zero { wakeLater(entry, after: delay) }
      dispatch(&served)
    }
  }

  func release(_ entry: AnyWorkEntry, _ delivery: Int32) throws {
    try settle(entry, delivery) { served in
      state.release(entry)
      dispatch(&served)
    }
  }

  func term(
    _ entry: AnyWorkEntry, _ delivery: Int32, _ error: any Error, attempts: Int32, asDeadLetter: Bool
  ) throws {
    try settle(entry, delivery) { served in
      state.die(entry, error, attempts: attempts, asDeadLetter: asDeadLetter)
      giveLetters(&served)
      settled(&served)
    }
  }

  private func settle(_ entry: AnyWorkEntry, _ delivery: Int32, _ body: (inout Wakeups) -> Void) throws {
    let isHeld = room.serve { served in
      guard state.isHeld(entry, delivery) else { return false }
      if entry.timer != nil { stopTimer(of: entry) }
      body(&served)
      return true
    }
    if !isHeld { throw WorkQueueError.leaseLost(queue: name, id: entry.id) }
  }

  /// An item is no longer pending: its lane may give another, and those go on who wait for the end.
  private func settled(_ served: inout Wakeups) {
    dispatch(&served)
    if state.isIdle { noteIdle(&served) }
  }

  private func noteIdle(_ served: inout Wakeups) {
    while let node = idlers.pointee.popFirst() { served.append(node.granted()) }
    if !state.isDrained { return }
    for queue in [claimers, callees] {
      while let node = queue.pointee.popFirst() { served.append(node.granted(.closed)) }
    }
    if !state.isRead { return }
    while let node = readers.pointee.popFirst() { served.append(node.granted(.closed)) }
  }

  // MARK: Dead letters

  nonisolated(nonsending)
    func claimDead() async throws -> AnyWorkEntry?
  {
    crv_lock_acquire(room.lock)
    if let entry = state.claimDead() {
      crv_lock_release(room.lock)
      return entry
    }
    if state.isRead {
      crv_lock_release(room.lock)
      return nil
    }
    let node = WaitNode.take()
    await node.park(in: readers, lock: room.lock)
    defer { node.recycle() }
    switch node.pointee.outcome {
    case .granted: return node.slot(for: Unmanaged<AnyWorkEntry>.self).pointee.takeRetainedValue()
    case .cancelled: throw CancellationError()
    default: return nil
    }
  }

  func tryClaimDead() -> AnyWorkEntry? { room.withLock { state.claimDead() } }

  private func giveLetters(_ served: inout Wakeups) {
    while !readers.pointee.isEmpty, let entry = state.claimDead(), let node = readers.pointee.popFirst() {
      node.slot(for: Unmanaged<AnyWorkEntry>.self).initialize(to: .passRetained(entry))
      served.append(node.granted())
    }
  }

  func removeDead(_ id: UInt64) -> Bool {
    let removed = room.serve { served in
      defer { if state.isIdle { noteIdle(&served) } }
      return state.removeDead(id)
    }
    return removed != nil
  }

  func returnDead(_ id: UInt64) {
    room.serve { served in
      state.returnDead(id)
      giveLetters(&served)
    }
  }

  /// - Parameter read: called with the lock held, so that nothing changes meanwhile.
  func letters<Letter>(_ limit: Int, _ read: (AnyWorkEntry) -> Letter) -> [Letter] {
    room.withLock { state.letters(limit).map(read) }
  }

  func replay(_ ids: [UInt64]?, first: Bool) throws -> Int {
    let now = Timers.current.now
    let replayed = room.serve { served -> Int? in
      if state.isClosed { return nil }
      let replayed = state.replay(ids.map(Set.init), first: first, at: now)
      dispatch(&served)
      return replayed
    }
    guard let replayed else { throw WorkQueueError.closed(queue: name) }
    return replayed
  }

  func purge(_ ids: [UInt64]?) -> Int {
    let purged = room.serve { served in
      defer { if state.isIdle { noteIdle(&served) } }
      return state.purge(ids.map(Set.init))
    }
    return purged.count
  }

  // MARK: All of it

  nonisolated(nonsending)
    func waitUntilIdle() async throws
  {
    crv_lock_acquire(room.lock)
    if state.isIdle { return crv_lock_release(room.lock) }
    let node = WaitNode.take()
    await node.park(in: idlers, lock: room.lock)
    let outcome = node.pointee.outcome
    node.recycle()
    if outcome == .cancelled { throw CancellationError() }
  }

  func close() {
    room.serve { served in
      state.close()
      while let node = room.popFirst() { served.append(node.granted(.closed)) }
      if state.isIdle { noteIdle(&served) }
    }
  }

  func takeBack() -> [AnyWorkEntry] {
    room.serve { served in
      let all = state.takeBack()
      for entry in all { stopTimer(of: entry) }
      dispatch(&served)
      if state.isIdle { noteIdle(&served) }
      return all
    }
  }
}
