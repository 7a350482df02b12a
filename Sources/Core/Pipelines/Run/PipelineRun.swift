import Logging
import RevoadaChannels
import RevoadaInstruments
import RevoadaScheduling
import Synchronization

/// One run of a pipeline: its goroutines from the first to the last, and what its parts share.
///
/// The goroutines keep the run; what a user holds keeps the pipeline, which ends its run when it is released.
@usableFromInline
final class PipelineRun: @unchecked Sendable {
  /// What the run starts, and where its results go.
  struct Plan: Sendable {
    /// Starts the source and the stages.
    let launch: @Sendable (PipelineRun) -> Void
    /// Closes the results.
    let closeResults: @Sendable () -> Void
    /// Takes a result that nobody has read, if there is one.
    let takeResult: @Sendable () -> (any Sendable)?
    /// A setting that makes the run impossible.
    let fault: (any Error)?
  }

  let errors: Channel<StageError>
  @usableFromInline let undelivered: UndeliveredSink
  private let name: String?
  private let plan: Plan
  private let ended = Completion()
  private let stopping = Atomic<Bool>(false)
  private let received = Atomic<Int>(0)
  private let lock = Lock()
  // Protected by `lock`.
  private var life = RunLife()
  private var instruments: Instruments?
  private var clock: (any TimeSource)?
  private var started: Int64 = 0
  private var finished: Int64?
  private var records: [StageRecord] = []
  private var source: WorkerMeter?
  /// What stages that have been removed had done.
  private var removed = PipelineLedger()
  private var drains: [@Sendable () -> Void] = []

  /// The run that the current goroutine belongs to, if any.
  @TaskLocal static var current: PipelineRun?

  init(_ settings: PipelineSettings, _ plan: Plan) {
    name = settings.name
    self.plan = plan
    let undelivered = UndeliveredSink(settings.onUndelivered)
    self.undelivered = undelivered
    // Out of range is reported when the run starts.
    errors = Channel(capacity: min(max(1, settings.errorBuffer), 1_048_576), overflow: .dropOldest) {
      undelivered.takeUnread($0)
      _ = $1
    }
  }

  // MARK: Beginning

  /// Starts the run unless it has been started or ended.
  @usableFromInline
  func start() {
    guard lock.withLock({ life.isIdle }) else { return }
    // Made outside of the lock, which is why two may make some.
    let instruments = Instruments(kind: "pipeline", name: name)
    let timers = Timers.current
    let isFirst = lock.withLock {
      guard life.start() else { return false }
      self.instruments = instruments
      clock = timers.clock
      started = timers.now
      return true
    }
    guard isFirst else { return }
    if let fault = plan.fault {
      _ = stop(fault)
    } else {
      instruments.logger.debug("pipeline started")
      plan.launch(self)
    }
    leave()
  }

  /// Registers a stage; called while the run starts, or by somebody inside (see ``enter()``).
  @usableFromInline
  func makeRecord(_ stage: String, _ options: StageOptions) -> StageRecord {
    let reporting = lock.withLock { instruments }.flatMap { StageInstruments($0, stage: stage) }
    return lock.withLock {
      let record = StageRecord(stage, options, clock: clock.unsafelyUnwrapped, reporting)
      records.append(record)
      return record
    }
  }

  /// Registers the goroutine that feeds the first stage; otherwise the first stage takes from the source itself.
  @usableFromInline
  func makeSourceMeter() -> WorkerMeter {
    lock.withLock {
      let meter = WorkerMeter(clock: clock.unsafelyUnwrapped)
      source = meter
      return meter
    }
  }

  /// What is done when the last goroutine has ended: hands over elements that are left.
  @usableFromInline
  func atEnd(_ drain: @escaping @Sendable () -> Void) { lock.withLock { drains.append(drain) } }

  /// There is none before the start.
  private var logger: Logger? { lock.withLock { instruments }?.logger }

  // MARK: Goroutines

  var hasEnded: Bool { lock.withLock { life.isEnded } }

  /// Keeps the run from ending until ``leave()``; false if it has ended.
  func enter() -> Bool { lock.withLock { life.enter() } }

  /// Starts a goroutine of the run.
  @usableFromInline
  func spawn(_ name: String, _ body: @escaping @Sendable () async -> Void) {
    guard enter() else { return }
    let goroutine = RevoadaScheduling.spawn(name: name) {
      await Self.$current.withValue(self) { await body() }
      self.leave()
    }
    if lock.withLock({ life.add(goroutine) }) { goroutine.cancel() }
  }

  func leave() {
    guard case .wasLast(let discardsResults) = lock.withLock({ life.leave() }) else { return }
    let drains = lock.withLock {
      finished = clock?.now
      defer { self.drains = [] }
      return self.drains
    }
    for drain in drains { drain() }
    plan.closeResults()
    if discardsResults { drainResults() }
    errors.close()
    ended.complete()
    logger?.debug("pipeline ended", metadata: ["undelivered": "\(undelivered.waitingCount)"])
  }

  /// Suspends until the run has ended; false if the waiting task was cancelled first.
  func wait() async -> Bool { await ended.wait() == .granted }

  /// The same, even in a cancelled task.
  func waitAnyway() async {
    if await !wait() { _ = await RevoadaScheduling.spawn { _ = await self.wait() }.ending }
  }

  // MARK: Ending early

  /// Whether the run is ending before its source has.
  @usableFromInline
  var isStopping: Bool { stopping.load(ordering: .relaxed) }

  /// Why the results ended early, once they have.
  @usableFromInline
  var failure: (any Error)? { lock.withLock { life.failure } }

  /// The source failed: what it gave before is still processed.
  @usableFromInline
  func sourceFailed(_ error: any Error) { lock.withLock { life.note(error) } }

  /// Cancels the goroutines; the results end with `error` behind those that are there.
  /// - Returns: whether it was this call that did it.
  func stop(_ error: any Error) -> Bool {
    switch lock.withLock({ life.stop(error) }) {
    case .tooLate: return false
    case .beforeStart:
      plan.closeResults()
      errors.close()
      ended.complete()
    case .cancel(let goroutines):
      stopping.store(true, ordering: .relaxed)
      plan.closeResults()
      for goroutine in goroutines { goroutine.cancel() }
      let isCancellation = error is CancellationError
      logger?.log(
        level: isCancellation ? .debug : .warning, "pipeline stopped", metadata: ["reason": "\(error)"])
    }
    return true
  }

  /// Ends the run and hands over the results that have not been read.
  func abandon() {
    _ = stop(CancellationError())
    if lock.withLock({ life.discardResults() }) { drainResults() }
  }

  private func drainResults() {
    while let result = plan.takeResult() { undelivered.takeWaiting(result, stage: "results") }
  }

  // MARK: Results and errors

  @usableFromInline
  func resultReceived() { received.add(1, ordering: .releasing) }

  /// Deals with an element that a stage failed on for good.
  func elementFailed(_ error: StageError, in record: StageRecord, _ meter: WorkerMeter) {
    if isStopping, error.error is CancellationError {
      meter.undelivered()
      return undelivered.takeEnded(error.element, stage: error.stage)
    }
    let count = record.countFailure()
    // The first, and then ever fewer. Whoever reads the errors or the results is told anyway.
    if count & (count - 1) == 0 {
      logger?.log(
        level: record.options.onError == .drop ? .warning : .debug, "stage failed",
        metadata: ["stage": "\(error.stage)", "error": "\(error.error)", "failures": "\(count)"])
    }
    switch record.options.onError {
    case .emit:
      meter.failed()
      _ = errors.trySend(error)
    case .drop:
      meter.dropped()
      undelivered.take(error.element, stage: error.stage, .dropped(error.error))
    case .stop:
      meter.failed()
      if !stop(error) { _ = errors.trySend(error) }
    }
  }

  // MARK: Metrics

  /// Takes a stage out of the metrics, but not out of the ledger.
  func retire(_ record: StageRecord) {
    lock.withLock {
      removed.addEnds(of: record.ledger)
      records.removeAll { $0 === record }
    }
  }

  var metrics: PipelineMetrics {
    lock.withLock {
      let now = finished ?? clock?.now ?? 0
      // From the end to the beginning: what is counted at one point has been counted before it.
      var ledger = PipelineLedger()
      ledger.emitted = received.load(ordering: .acquiring)
      ledger.undelivered = undelivered.waitingCount
      ledger.addEnds(of: removed)
      var stages: [StageMetrics] = []
      for record in records.reversed() {
        let metrics = record.metrics(at: now)
        ledger.addEnds(of: metrics.ledger)
        if !record.isLeaving { stages.append(metrics) }
        ledger.taken = metrics.ledger.taken
      }
      if let source {
        let fed = WorkerMeter.ledger(of: [source])
        ledger.addEnds(of: fed)
        ledger.taken = fed.taken
      }
      return PipelineMetrics(
        elapsed: .nanoseconds(now - started), stages: stages.reversed(), ledger: ledger,
        unreadErrors: undelivered.unreadErrors)
    }
  }
}
