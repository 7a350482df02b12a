import RevoadaScheduling

/// A queue in this process's memory: light, and gone with the process.
///
/// Workers of the same process need no leases: nothing but the end of the process can keep them from settling their items. Those who hold
/// dead letters neither, so the lease of a dead letter is ignored.
public final class MemoryWorkStore<Item: Sendable>: WorkStore {
  @usableFromInline let core: MemoryWorkCore
  @usableFromInline let fault: InvalidSetting?

  /// Creates an empty store.
  /// - Parameters:
  ///   - name: of the queue, for errors.
  ///   - options: of which those count that concern the order and the number of the items.
  public init(name: String, options: WorkQueueOptions = WorkQueueOptions()) {
    do throws(InvalidSetting) {
      try options.validate(name)
      fault = nil
    } catch { fault = error }
    core = MemoryWorkCore(
      name: name, ageing: options.ageing, laneLimit: options.laneLimit, capacity: options.capacity)
  }

  /// See ``WorkStore/validate()``.
  public func validate() throws(InvalidSetting) { if let fault { throw fault } }

  /// See ``WorkStore/enqueue(_:_:)``.
  @inlinable
  nonisolated(nonsending)
    public func enqueue(_ item: Item, _ options: EnqueueOptions) async throws -> Enqueued
  {
    if let fault { throw fault }
    if options.isUsual {
      let added = core.tryEnqueue { unsafeDowncast($0, to: WorkEntry<Item>.self).content = item }
      if let added { return .added(id: added) }
    }
    let entry = WorkEntry(item, options)
    if !core.tryEnqueue(entry) { try await core.enqueue(entry) }
    return entry.enqueued
  }

  /// See ``WorkStore/claim(lease:)``.
  nonisolated(nonsending)
    public func claim(lease: Duration?) async throws -> WorkClaim<Item>?
  {
    let lease = lease.map { max(1, $0.nanoseconds) } ?? 0
    return try await core.claim(lease: lease).map(Self.claim)
  }

  /// What the holder of an item sees of it.
  static func claim(of grant: WorkGrant) -> WorkClaim<Item> {
    let entry = unsafeDowncast(grant.entry, to: WorkEntry<Item>.self)
    return WorkClaim(
      item: entry.item, receipt: WorkReceipt(id: entry.id, delivery: Int(grant.delivery), handle: entry),
      attempt: Int(grant.attempt), crashes: Int(grant.crashes))
  }

  /// See ``WorkStore/extend(_:lease:)``.
  nonisolated(nonsending)
    public func extend(_ receipt: WorkReceipt, lease: Duration) async throws
  {
    try core.extend(
      entry(receipt), Int32(truncatingIfNeeded: receipt.delivery), lease: max(1, lease.nanoseconds))
  }

  /// See ``WorkStore/ack(_:)``.
  nonisolated(nonsending)
    public func ack(_ receipt: WorkReceipt) async throws
  { try core.ack(entry(receipt), Int32(truncatingIfNeeded: receipt.delivery)) }

  /// See ``WorkStore/nak(_:delay:)``.
  nonisolated(nonsending)
    public func nak(_ receipt: WorkReceipt, delay: Duration) async throws
  { try core.nak(entry(receipt), Int32(truncatingIfNeeded: receipt.delivery), delay: delay) }

  /// See ``WorkStore/release(_:)``.
  nonisolated(nonsending)
    public func release(_ receipt: WorkReceipt) async throws
  { try core.release(entry(receipt), Int32(truncatingIfNeeded: receipt.delivery)) }

  /// See ``WorkStore/term(_:error:attempts:asDeadLetter:)``.
  nonisolated(nonsending)
    public func term(
      _ receipt: WorkReceipt, error: any Error, attempts: Int, asDeadLetter: Bool
    ) async throws
  {
    try core.term(
      entry(receipt), Int32(truncatingIfNeeded: receipt.delivery), error,
      attempts: Int32(truncatingIfNeeded: attempts), asDeadLetter: asDeadLetter)
  }

  private func entry(_ receipt: WorkReceipt) throws -> AnyWorkEntry {
    guard let entry = receipt.handle as? AnyWorkEntry else {
      throw WorkQueueError.leaseLost(queue: core.name, id: receipt.id)  // a receipt of another store
    }
    return entry
  }

  // MARK: Dead letters

  /// See ``WorkStore/claimDeadLetter(lease:)``.
  nonisolated(nonsending)
    public func claimDeadLetter(lease: Duration?) async throws -> DeadLetter<Item>?
  { try await core.claimDead().map(letter) }

  /// See ``WorkStore/tryClaimDeadLetter(lease:)``.
  nonisolated(nonsending)
    public func tryClaimDeadLetter(lease: Duration?) async throws -> DeadLetter<Item>?
  { core.tryClaimDead().map(letter) }

  /// See ``WorkStore/removeDeadLetter(_:)``.
  @discardableResult
  nonisolated(nonsending)
    public func removeDeadLetter(_ id: UInt64) async throws -> Bool
  { core.removeDead(id) }

  /// See ``WorkStore/returnDeadLetter(_:)``.
  nonisolated(nonsending)
    public func returnDeadLetter(_ id: UInt64) async throws
  { core.returnDead(id) }

  /// See ``WorkStore/deadLetters(limit:)``.
  nonisolated(nonsending)
    public func deadLetters(limit: Int) async throws -> [DeadLetter<Item>]
  { core.letters(limit) { self.letter($0) } }

  /// See ``WorkStore/replayDeadLetters(_:first:)``.
  @discardableResult
  nonisolated(nonsending)
    public func replayDeadLetters(_ ids: [UInt64]?, first: Bool) async throws -> Int
  { try core.replay(ids, first: first) }

  /// See ``WorkStore/purgeDeadLetters(_:)``.
  @discardableResult
  nonisolated(nonsending)
    public func purgeDeadLetters(_ ids: [UInt64]?) async throws -> Int
  { core.purge(ids) }

  /// Of an entry that is held, or with the lock: else it may be replayed meanwhile.
  private func letter(_ entry: AnyWorkEntry) -> DeadLetter<Item> {
    DeadLetter(
      id: entry.id, item: unsafeDowncast(entry, to: WorkEntry<Item>.self).item,
      error: entry.error ?? RemoteError("unknown"), attempts: Int(entry.attempt), crashes: Int(entry.crashes))
  }

  // MARK: All of it

  /// What has become of the items; a snapshot, for which an own method of the queue in memory need not wait.
  public var snapshot: WorkLedger { core.ledger }

  /// See ``WorkStore/ledger()``.
  nonisolated(nonsending)
    public func ledger() async throws -> WorkLedger
  { core.ledger }

  /// See ``WorkStore/waitUntilIdle()``.
  nonisolated(nonsending)
    public func waitUntilIdle() async throws
  { try await core.waitUntilIdle() }

  /// See ``WorkStore/close()``.
  public func close() { core.close() }

  /// See ``WorkStore/takeBack()``.
  nonisolated(nonsending)
    public func takeBack() async throws -> [Item]
  { core.takeBack().map { unsafeDowncast($0, to: WorkEntry<Item>.self).item } }
}
