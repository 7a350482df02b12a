import RevoadaResilience
import RevoadaScheduling

/// The rules of a queue above its store: which failures are tried again, and the workers.
final class WorkProcessor<Item: Sendable>: @unchecked Sendable {  // `handler` is set before any worker
  /// What the workers do with an item.
  enum Handler {
    case suspending(@Sendable (WorkDelivery<Item>) async throws -> Void)
    /// Cannot suspend, and so can be called for several items in a row.
    case quick(QuickWorkHandler, MemoryWorkCore)
  }

  let name: String
  let options: WorkQueueOptions
  let store: any WorkStore<Item>
  /// What is wrong with the settings; nothing is added then.
  let fault: InvalidSetting?
  let instruments: WorkQueueInstruments
  let crew: WorkCrew
  private let onDiscarded: (@Sendable (DeadLetter<Item>) -> Void)?
  @exclusivity(unchecked) private var handler: Handler?

  init(
    name: String, options: WorkQueueOptions, store: any WorkStore<Item>,
    onDiscarded: (@Sendable (DeadLetter<Item>) -> Void)?
  ) {
    self.name = name
    self.options = options
    self.store = store
    self.onDiscarded = onDiscarded
    instruments = WorkQueueInstruments(name: name)
    crew = WorkCrew(workers: options.workers)
    var found: InvalidSetting?
    do throws(InvalidSetting) {
      try options.validate(name)
      try store.validate()
    } catch { found = error }
    fault = found
  }

  // MARK: Settling

  /// The next item that may be worked on. One whose last worker vanished is not given out again.
  nonisolated(nonsending)
    func next(lease: Duration?) async throws -> WorkDelivery<Item>?
  {
    while let claim = try await store.claim(lease: lease) {
      if try await mayTry(claim) { return WorkDelivery(claim, self, lease: lease) }
    }
    return nil
  }

  /// Whether an item has a chance left; buries it if not.
  nonisolated(nonsending)
    func mayTry(_ claim: WorkClaim<Item>) async throws -> Bool
  {
    if claim.crashes > 0 { instruments.recovered(claim.receipt.id, attempt: claim.attempt) }
    if claim.attempt <= options.maxRetries + 1 { return true }
    let attempts = claim.attempt - 1
    try await bury(claim, WorkQueueError.crashed(queue: name, attempts: attempts), attempts: attempts)
    return false
  }

  nonisolated(nonsending)
    func complete(_ claim: WorkClaim<Item>) async throws
  {
    try await store.ack(claim.receipt)
    instruments.completed()
  }

  /// - Parameters:
  ///   - error: why the attempt failed; nil: it was rejected without a reason.
  ///   - delay: the pause; nil for that of the backoff.
  nonisolated(nonsending)
    func fail(_ claim: WorkClaim<Item>, _ error: (any Error)?, delay: Duration? = nil) async throws
  {
    let reason = error ?? WorkQueueError.rejected(queue: name, attempts: claim.attempt)
    if let permanent = reason as? PermanentError { return try await bury(claim, permanent.underlying) }
    // A handler's own CancellationError says nothing about the item; only the policy's wish to retry nothing else is heard.
    let isRetryable = error.map { $0 is CancellationError || options.backoff.retryIf($0) } ?? true
    if claim.attempt > options.maxRetries || !isRetryable { return try await bury(claim, reason) }
    let pause = delay ?? options.backoff.pause(afterFailure: claim.attempt)
    let wished = (error as? any RetryAfterError)?.retryAfter ?? .zero
    try await store.nak(claim.receipt, delay: max(pause, wished))
    instruments.retrying(claim.receipt.id, attempt: claim.attempt, after: max(pause, wished), reason)
  }

  nonisolated(nonsending)
    func bury(_ claim: WorkClaim<Item>, _ error: any Error, attempts: Int? = nil) async throws
  {
    let attempts = attempts ?? claim.attempt
    try await store.term(
      claim.receipt, error: error, attempts: attempts, asDeadLetter: options.keepsDeadLetters)
    instruments.died(claim.receipt.id, attempts: attempts, error, isKept: options.keepsDeadLetters)
    if options.keepsDeadLetters { return }
    onDiscarded?(
      DeadLetter(
        id: claim.receipt.id, item: claim.item, error: error, attempts: attempts, crashes: claim.crashes)
    )
  }

  // MARK: Workers

  var isProcessing: Bool { crew.isStarted }
  var workers: Int { crew.target }

  func start(_ handler: Handler) -> Bool {
    if fault != nil { return false }
    let started = crew.begin { self.handler = handler }
    guard let started else { return false }
    for worker in started { start(worker) }
    instruments.processing(workers: started.count)
    return true
  }

  func resize(to workers: Int) throws(InvalidSetting) {
    var check = SettingsCheck("work queue", name)
    check.require(workers >= 1, "workers", workers, "at least 1")
    if let fault = check.fault { throw fault }
    let change = crew.resize(to: workers)
    for worker in change.retired { crew.cancel(worker) }
    for worker in change.started { start(worker) }
    instruments.resized(to: workers)
  }

  /// Cancels the workers and waits until they have ended.
  nonisolated(nonsending)
    func stop() async
  {
    for worker in crew.stop() { crew.cancel(worker) }
    await crew.waitUntilEnded()
  }

  private func start(_ worker: WorkWorker, with delivery: WorkDelivery<Item>? = nil) {
    let goroutine = spawnDetached(name: "\(name)-worker") { [self] in
      switch handler {
      case .quick(let handler, let core): await workInBatches(worker, core, handler)
      default: await work(worker, delivery)
      }
      // A handler that keeps its queue must not keep it for ever.
      if crew.ended(worker) { handler = nil }
    }
    crew.started(worker, as: goroutine)
  }

  private func work(_ worker: WorkWorker, _ first: WorkDelivery<Item>?) async {
    if let first { return await handle(first) }
    var turns = 0
    var troubles = 0
    while true {
      do {
        guard let delivery = try await next(lease: options.lease) else { return }
        troubles = 0
        if !worker.beginItem() { return await leave(with: delivery) }
        await handle(delivery)
        if !worker.endItem() { return }
      } catch {
        // The store is in trouble, unless the worker is to end.
        if error is CancellationError { return }
        troubles += 1
        instruments.storeFailed(error)
        let pause = RetryPolicy.exponential(attempts: .max).pause(afterFailure: troubles)
        do { try await sleep(for: pause) } catch { return }
      }
      // Swift jobs are not pre-empted: a long queue must not keep the thread from everybody else.
      turns += 1
      if turns % 256 == 0 { await Task.yield() }
    }
  }

  /// A worker that was to end was given an item just then, and its goroutine is cancelled.
  private func leave(with delivery: WorkDelivery<Item>) async {
    if crew.isStopping {
      await settling { try await self.store.release(delivery.claim.receipt) }
    } else {
      start(crew.addRetired(), with: delivery)
    }
  }

  private func handle(_ delivery: WorkDelivery<Item>) async {
    guard case .suspending(let handler) = handler else { return }
    let heartbeat = startHeartbeat(of: delivery)
    let start = instruments.start()
    var failure: (any Error)?
    do {
      if let timeout = options.timeout {
        try await withTimeout(timeout) { try await handler(delivery) }
      } else {
        try await handler(delivery)
      }
    } catch { failure = error }
    heartbeat?.cancel()
    instruments.ran(since: start)
    if delivery.isSettled { return }
    let error = failure
    await settling { [self] in
      if let error {
        if crew.isStopping {
          try await store.release(delivery.claim.receipt)
        } else {
          try await delivery.nak(error: error)
        }
      } else {
        try await delivery.ack()
      }
    }
  }

  /// Settles even in a cancelled task. If the store cannot, the item comes back by its lease.
  private func settling(_ body: @escaping @Sendable () async throws -> Void) async {
    let result: Result<Void, any Error>
    if Task.isCancelled {
      result = await spawnDetached(body).ending
    } else {
      do { result = .success(try await body()) } catch { result = .failure(error) }
    }
    if case .failure(let error) = result { instruments.notSettled(error) }
  }

  /// Extends the lease three times in its length, while the handler is at work.
  private func startHeartbeat(of delivery: WorkDelivery<Item>) -> Goroutine<Void>? {
    guard let lease = options.lease else { return nil }
    return spawnDetached(name: "\(name)-heartbeat") { [self] in
      while !delivery.isSettled {
        try await sleep(for: lease / 3)
        do { try await delivery.inProgress() } catch {
          if delivery.isSettled || error is CancellationError { return }
          instruments.storeFailed(error)
          if error is WorkQueueError { return }
        }
      }
    }
  }
}
