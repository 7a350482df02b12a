import Synchronization

/// One delivery of one item of a ``WorkQueue``: to be settled once, by ``ack()``, ``nak(delay:error:)`` or ``term(_:)``.
///
/// One that is never settled comes back when its lease ends, and counts as a crash of its worker.
public final class WorkDelivery<Item: Sendable>: Sendable {
  /// The item.
  public var item: Item { claim.item }
  /// The item's number in its queue.
  public var id: UInt64 { claim.receipt.id }
  /// How often the item has been tried, this time included.
  public var attempt: Int { claim.attempt }
  /// How often a worker vanished that had the item.
  public var crashes: Int { claim.crashes }
  let claim: WorkClaim<Item>
  private let processor: WorkProcessor<Item>
  private let lease: Duration?
  private let settled = Atomic<Bool>(false)

  init(_ claim: WorkClaim<Item>, _ processor: WorkProcessor<Item>, lease: Duration?) {
    self.claim = claim
    self.processor = processor
    self.lease = lease
  }

  /// Whether it has been settled.
  public var isSettled: Bool { settled.load(ordering: .acquiring) }

  /// Done: the item leaves the queue.
  /// - Throws: ``WorkQueueError/leaseLost(queue:id:)``, and then others have it; ``WorkQueueError/alreadySettled(queue:id:)``.
  nonisolated(nonsending)
    public func ack() async throws
  {
    try settle()
    try await processor.complete(claim)
  }

  /// Failed: the item is tried again, or becomes a dead letter if this was the last attempt.
  ///
  /// - Parameters:
  ///   - delay: the pause before the next attempt; nil for that of the queue's backoff.
  ///   - error: why, for the dead letter.
  /// - Throws: as ``ack()``.
  nonisolated(nonsending)
    public func nak(delay: Duration? = nil, error: (any Error)? = nil) async throws
  {
    try settle()
    try await processor.fail(claim, error, delay: delay)
  }

  /// Failed for good: the item becomes a dead letter at once.
  /// - Throws: as ``ack()``.
  nonisolated(nonsending)
    public func term(_ error: any Error) async throws
  {
    try settle()
    try await processor.bury(claim, error)
  }

  /// Still at it: the lease starts anew. Does nothing without a lease.
  ///
  /// Workers of ``WorkQueue/process(_:)-7tb3v`` do this by themselves.
  /// - Throws: as ``ack()``.
  nonisolated(nonsending)
    public func inProgress() async throws
  {
    if isSettled { throw WorkQueueError.alreadySettled(queue: processor.name, id: id) }
    if let lease { try await processor.store.extend(claim.receipt, lease: lease) }
  }

  private func settle() throws {
    if settled.exchange(true, ordering: .acquiringAndReleasing) {
      throw WorkQueueError.alreadySettled(queue: processor.name, id: id)
    }
  }
}
