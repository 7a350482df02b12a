import RevoadaScheduling

/// Where a ``WorkQueue`` keeps its items: this process's memory, a database, a server that many processes use.
///
/// Delivery is at least once. Whoever claims an item has it until he settles it (`ack`, `nak`, `release`, `term`) or its lease ends;
/// then the item is given to somebody else, and what the first one says of it is refused with ``WorkQueueError/leaseLost(queue:id:)``. A store
/// decides nothing about retries: how often and after which pause is the queue's business.
///
/// Every method may be called by many tasks at once, and is cancellable while it waits; cancelled, it has had no effect. What every
/// store must do is written down in the conformance suite (`Tests/Core/MessagingConformance`). A store of encoded items takes its
/// encoding when it is made.
public protocol WorkStore<Item>: AnyObject, Sendable {
  /// What is to be worked on.
  associatedtype Item: Sendable

  /// Finds a setting that the store cannot work with.
  func validate() throws(InvalidSetting)

  // MARK: Work

  /// Adds an item. May suspend while there is no room.
  /// - Throws: ``WorkQueueError/closed(queue:)``; `CancellationError`.
  nonisolated(nonsending)
    func enqueue(_ item: Item, _ options: EnqueueOptions) async throws -> Enqueued

  /// Takes the next item that is due. Suspends until there is one.
  ///
  /// - Parameter lease: how long it may take to settle the item or to ask for more time. nil: as long as this process lives.
  /// - Returns: nil when the store is closed and there will be no more for this process.
  nonisolated(nonsending)
    func claim(lease: Duration?) async throws -> WorkClaim<Item>?

  /// Asks for more time: the lease starts anew.
  /// - Throws: ``WorkQueueError/leaseLost(queue:id:)``, as the next four.
  nonisolated(nonsending)
    func extend(_ receipt: WorkReceipt, lease: Duration) async throws

  /// Done: the item goes.
  nonisolated(nonsending)
    func ack(_ receipt: WorkReceipt) async throws

  /// Failed: the item is due again after `delay`.
  nonisolated(nonsending)
    func nak(_ receipt: WorkReceipt, delay: Duration) async throws

  /// Not worked on after all: the item is due at once, and the attempt does not count.
  nonisolated(nonsending)
    func release(_ receipt: WorkReceipt) async throws

  /// Never to be tried again: the item becomes a dead letter, or goes and counts as discarded.
  ///
  /// - Parameters:
  ///   - receipt: of the claim.
  ///   - error: why.
  ///   - attempts: how often it was really tried, for the letter.
  ///   - asDeadLetter: whether it is kept as a letter.
  nonisolated(nonsending)
    func term(_ receipt: WorkReceipt, error: any Error, attempts: Int, asDeadLetter: Bool) async throws

  // MARK: Dead letters

  /// Takes the oldest dead letter that nobody holds. Suspends until there is one.
  ///
  /// - Parameter lease: how long it may be held before others get it; nil: as long as this process lives.
  /// - Returns: nil when the store is closed, nothing is pending and no dead letter is left.
  nonisolated(nonsending)
    func claimDeadLetter(lease: Duration?) async throws -> DeadLetter<Item>?

  /// Takes the oldest dead letter that nobody holds, if there is one.
  nonisolated(nonsending)
    func tryClaimDeadLetter(lease: Duration?) async throws -> DeadLetter<Item>?

  /// The holder is done with a letter: it goes. False if it was gone already.
  @discardableResult
  nonisolated(nonsending)
    func removeDeadLetter(_ id: UInt64) async throws -> Bool

  /// The holder gives a letter back: it is the oldest again.
  nonisolated(nonsending)
    func returnDeadLetter(_ id: UInt64) async throws

  /// The oldest dead letters, held ones included; they stay where they are.
  nonisolated(nonsending)
    func deadLetters(limit: Int) async throws -> [DeadLetter<Item>]

  /// Makes dead letters that nobody holds due again, as if they were new.
  ///
  /// - Parameters:
  ///   - ids: which; nil for all.
  ///   - first: before all other items of their priority.
  /// - Returns: how many. One whose unique key is in use again stays dead.
  @discardableResult
  nonisolated(nonsending)
    func replayDeadLetters(_ ids: [UInt64]?, first: Bool) async throws -> Int

  /// Throws dead letters away that nobody holds.
  /// - Returns: how many.
  @discardableResult
  nonisolated(nonsending)
    func purgeDeadLetters(_ ids: [UInt64]?) async throws -> Int

  // MARK: All of it

  /// What has become of the items, read in one step.
  nonisolated(nonsending)
    func ledger() async throws -> WorkLedger

  /// Suspends until nothing is due, delayed or being worked on.
  nonisolated(nonsending)
    func waitUntilIdle() async throws

  /// Takes no more items. What is pending can still be claimed where it would otherwise be lost; a store that outlives the process may
  /// end all claims at once. Closing twice is harmless.
  func close()

  /// Removes and returns what is pending and not claimed, from a store that would lose it with the process; others keep it
  /// and return nothing.
  nonisolated(nonsending)
    func takeBack() async throws -> [Item]
}
