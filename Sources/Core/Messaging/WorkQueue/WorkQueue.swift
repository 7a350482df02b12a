import RevoadaResilience
import RevoadaScheduling

/// Work that must be done: items are worked on, tried again when they fail, and kept as dead letters when they fail for good.
///
/// ```swift
/// let queue = WorkQueue<Int>(name: "mail", workers: 10, maxRetries: 3)
/// queue.process { item in try await send(item) }
/// try await queue.enqueue(1)
/// try await queue.wait()
/// ```
///
/// An item that the handler returns from is done. One that it throws on is tried again after a pause, at most `maxRetries` times; then, or at
/// once after a `PermanentError`, it is a dead letter (``deadLetters``). Items may be delayed, more urgent than others, unique by a key, and
/// belong to lanes that take turns. Delivery is *at least once*: an item is given to another worker if the one that had it vanishes, which
/// its lease tells; a handler must therefore be able to see an item twice.
///
/// Where the items are kept is the business of a ``WorkStore``: this process's memory unless another is given. Handlers run in the workers'
/// context, not with the task-local values of whoever added the item, which may have been another process.
///
/// ``ledger()`` balances at any time. A queue that is released is closed by that: its workers finish what it has taken.
///
/// Settings that make no sense make every `enqueue` throw `InvalidSetting`; ``validate()`` tells beforehand.
///
/// Cost: in memory and without leases a few hundred nanoseconds an item.
public final class WorkQueue<Item: Sendable>: Sendable {
  /// The queue's name.
  public var name: String { processor.name }
  /// Where the items are.
  public let store: any WorkStore<Item>
  /// The same, if it is memory: to be called without a look-up of its type.
  @usableFromInline let memory: MemoryWorkStore<Item>?
  let processor: WorkProcessor<Item>

  /// A queue in memory.
  ///
  /// - Parameters:
  ///   - name: for errors, metrics and logs.
  ///   - workers: how many items are worked on at once.
  ///   - maxRetries: how many times an item that failed is tried again.
  ///   - backoff: the pauses between attempts.
  public convenience init(
    name: String, workers: Int = 1, maxRetries: Int = 3, backoff: RetryPolicy = .exponential(attempts: .max)
  ) {
    var options = WorkQueueOptions()
    options.workers = workers
    options.maxRetries = maxRetries
    options.backoff = backoff
    self.init(name: name, options: options)
  }

  /// A queue with all options.
  ///
  /// - Parameters:
  ///   - name: for errors, metrics and logs.
  ///   - options: what can be chosen.
  ///   - store: where the items are, which the queue closes when it is closed or released itself; nil for memory.
  ///   - onDiscarded: receives, without any lock, each item that failed for good in a queue that keeps no dead letters.
  public init(
    name: String, options: WorkQueueOptions, store: (any WorkStore<Item>)? = nil,
    onDiscarded: (@Sendable (DeadLetter<Item>) -> Void)? = nil
  ) {
    let store = store ?? MemoryWorkStore(name: name, options: options)
    self.store = store
    processor = WorkProcessor(name: name, options: options, store: store, onDiscarded: onDiscarded)
    memory = processor.fault == nil ? store as? MemoryWorkStore<Item> : nil
  }

  deinit { store.close() }

  /// Finds a setting that the queue cannot work with.
  public func validate() throws(InvalidSetting) {
    try processor.options.validate(name)
    try store.validate()
  }

  // MARK: Adding

  /// Adds an item. Suspends only if the queue has a capacity and is full; cancelled meanwhile, the item is not added.
  ///
  /// - Parameters:
  ///   - item: what is to be worked on.
  ///   - delay: how long it waits before it is due.
  ///   - priority: higher ones come first; 0 is the usual one. Waiting raises it, see ``WorkQueueOptions/ageing``.
  ///   - key: while an item with this key is not done, another one with it is not added.
  ///   - lane: whose item it is; lanes take turns, see ``WorkQueueOptions/laneLimit``.
  /// - Returns: its number, or that of the one with the same key.
  /// - Throws: ``WorkQueueError/closed(queue:)``; `InvalidSetting`; `CancellationError`; what the store throws.
  @discardableResult
  @inlinable
  nonisolated(nonsending)
    public func enqueue(
      _ item: Item, delay: Duration = .zero, priority: Int = 0, key: String? = nil, lane: String? = nil
    ) async throws -> Enqueued
  {
    let options = EnqueueOptions(delay: delay, priority: priority, key: key, lane: lane)
    guard let memory else { return try await enqueueElsewhere(item, options) }
    let result = try await memory.enqueue(item, options)
    report(result)
    return result
  }

  @usableFromInline
  nonisolated(nonsending)
    func enqueueElsewhere(_ item: Item, _ options: EnqueueOptions) async throws -> Enqueued
  {
    if let fault = processor.fault { throw fault }
    let result = try await store.enqueue(item, options)
    report(result)
    return result
  }

  @usableFromInline
  func report(_ result: Enqueued) { processor.instruments.enqueued(result) }

  // MARK: Working

  /// Works on items from now on: done when the handler returns, failed when it throws. Returns at once.
  ///
  /// The handler is cancelled by ``WorkQueueOptions/timeout`` and by ``shutdownNow()``.
  ///
  /// - Returns: false if the queue has a handler already, or settings that make no sense; then nothing happens.
  @discardableResult
  public func process(_ handler: @escaping @Sendable (Item) async throws -> Void) -> Bool {
    processor.start(.suspending { delivery in try await handler(delivery.item) })
  }

  /// The same with a handler that does not suspend. The compiler chooses: a closure without `await` is one.
  ///
  /// As long as it is quick (less than a microsecond), a worker of a queue in memory that has neither leases nor a time-out takes up to 32
  /// items at a time, which makes it several times faster. A slow one delays those that were taken with it, once.
  @discardableResult
  @inlinable
  public func process(_ handler: @escaping @Sendable (Item) throws -> Void) -> Bool {
    process(
      handler,
      { entry in
        let entry = unsafeDowncast(entry, to: WorkEntry<Item>.self)
        try handler(entry.item)
        entry.content = nil  // here, without a lock: that may run a user's `deinit`
      })
  }

  @usableFromInline
  func process(
    _ handler: @escaping @Sendable (Item) throws -> Void, _ quick: @escaping QuickWorkHandler
  ) -> Bool {
    let options = processor.options
    if let memory, options.lease == nil, options.timeout == nil {
      return processor.start(.quick(quick, memory.core))
    }
    return processor.start(.suspending { delivery in try handler(delivery.item) })
  }

  /// As ``process(_:)-7tb3v``, with the delivery itself: to see which attempt it is, to ask for more time, or to settle it before the
  /// handler returns. A delivery that is settled by then stays as it is.
  @discardableResult
  public func processDeliveries(
    _ handler: @escaping @Sendable (WorkDelivery<Item>) async throws -> Void
  ) -> Bool { processor.start(.suspending(handler)) }

  /// Takes one item, to be settled by whoever takes it. Suspends until there is one that is due.
  ///
  /// - Parameter lease: how long it may take to settle it or to ask for more time; then somebody else gets it. nil: as long as the
  ///   process lives.
  /// - Returns: nil when the queue is closed and nothing is pending.
  /// - Throws: `CancellationError`, and nothing was taken; what the store throws.
  nonisolated(nonsending)
    public func claim(lease: Duration? = .seconds(30)) async throws -> WorkDelivery<Item>?
  { try await processor.next(lease: lease) }

  /// Changes how many items are worked on at once. Handlers that run are not disturbed.
  /// - Throws: `InvalidSetting` if there would be no workers.
  public func resize(workers: Int) throws(InvalidSetting) { try processor.resize(to: workers) }

  /// How many items may be worked on at once.
  public var workers: Int { processor.workers }

  // MARK: Looking

  /// What failed for good.
  public var deadLetters: DeadLetters<Item> {
    DeadLetters(store: store, lease: processor.options.lease)
  }

  /// What has become of the items, read in one step.
  nonisolated(nonsending)
    public func ledger() async throws -> WorkLedger
  { try await store.ledger() }

  // MARK: Ending

  /// Suspends until nothing is pending: neither due, nor delayed, nor being worked on. The queue stays open.
  /// - Throws: `CancellationError`; what the store throws.
  nonisolated(nonsending)
    public func wait() async throws
  { try await store.waitUntilIdle() }

  /// Takes no more items, and suspends until those that are pending are done, delayed ones included. Reading the dead letters then ends when
  /// they are read.
  ///
  /// A queue that nobody processes returns at once: what is pending can still be claimed, or taken back by ``shutdownNow()``. Where the
  /// calling task is cancelled, `close` returns earlier; the work is done even so. Closing twice is harmless.
  nonisolated(nonsending)
    public func close() async
  {
    store.close()
    processor.instruments.closed()
    if processor.isProcessing { try? await store.waitUntilIdle() }
  }

  /// Closes the queue without finishing its work: cancels the handlers, waits for them to end and takes back what is pending.
  ///
  /// An item whose handler fails because of that counts as not tried and comes back too.
  /// - Returns: the items that were not done, in the order in which they were added; none from a store that keeps them.
  @discardableResult
  nonisolated(nonsending)
    public func shutdownNow() async throws -> [Item]
  {
    store.close()
    processor.instruments.closed()
    await processor.stop()
    return try await store.takeBack()
  }
}
