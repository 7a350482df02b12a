import CoreMetrics
import Logging
import RevoadaInstruments
import RevoadaScheduling

/// Tells metrics, the log and the pool's owner what happens in a pool; always called without its lock.
struct PoolReporter: Sendable {
  private let name: String
  private let instruments: Instruments
  private let progressEvery: Int?
  private let onProgress: (@Sendable (PoolProgress) -> Void)?
  private let logEvery: Int
  private let failures: Counter?
  private let completions: Counter?
  private let drops: Counter?
  private let queued: Meter?
  private let active: Meter?
  private let wait: Timer?
  private let run: Timer?

  init(kind: String, name: String, options: PoolOptions) {
    self.name = name
    instruments = Instruments(kind: kind, name: name)
    isMeasuring = instruments.isMeasuring
    progressEvery = options.progressEvery
    onProgress = options.onProgress
    logEvery = options.logEvery
    failures = instruments.counter("failed")
    completions = instruments.counter("completed")
    drops = instruments.counter("dropped")
    queued = instruments.meter("queued")
    active = instruments.meter("active")
    wait = instruments.timer("wait_seconds")
    run = instruments.timer("run_seconds")
  }

  let isMeasuring: Bool
  var logger: Logger { instruments.logger }

  func noteLoad(of pool: PoolCore) {
    guard isMeasuring, let queued, let active else { return }
    let load = pool.room.withLock { (pool.state.queued, pool.state.active) }
    queued.set(load.0)
    active.set(load.1)
  }

  func started(_ task: AnyPoolTask) {
    if isMeasuring, let wait { wait.record(.nanoseconds(task.startedAt - task.submittedAt)) }
  }

  /// - Parameters:
  ///   - count: the tasks that this worker has run.
  ///   - failed: the tasks of the pool that have failed.
  func finished(
    _ task: UInt64, worker: Int, count: Int, failed: Int, duration: Int64, _ error: (any Error)?,
    _ pool: PoolCore
  ) {
    if isMeasuring {
      (error == nil ? completions : failures)?.increment()
      run?.record(.nanoseconds(duration))
      noteLoad(of: pool)
    }
    if let error, !(error is CancellationError) {
      if failed == 1 || failed % logEvery == 0 {
        logger.warning(
          "task failed", metadata: ["task": "\(task)", "error": "\(error)", "failed": "\(failed)"])
      }
    }
    if count % logEvery == 0 {
      logger.debug("worker has run \(count) tasks", metadata: ["worker": "\(worker)", "task": "\(task)"])
    }
    guard let progressEvery, count % progressEvery == 0 else { return }
    logger.info("worker \(worker): \(count) tasks processed")
    onProgress?(PoolProgress(pool: name, worker: worker, count: count))
  }

  /// The next number of tasks of a worker at which there is something to tell even if nothing fails.
  func nextMark(after count: Int) -> Int {
    func next(_ every: Int) -> Int {
      let (mark, overflow) = (count / every + 1).multipliedReportingOverflow(by: every)
      return overflow ? .max : mark
    }
    return min(next(logEvery), progressEvery.map(next) ?? .max)
  }

  func dropped() { drops?.increment() }

  func resized(from old: Int, to new: Int) { logger.debug("workers: \(old) → \(new)") }

  func closed() { logger.debug("closed") }

  /// The final summary: for everybody to see where progress was asked for, else for debugging.
  func ended(_ stats: PoolStats) {
    let level: Logger.Level = progressEvery == nil ? .debug : .info
    for (worker, count) in stats.perWorker.enumerated() {
      logger.log(level: level, "worker \(worker) finished: \(count) tasks processed in all")
    }
    logger.log(
      level: level,
      "processing finished: \(stats.submitted) tasks, successes: \(stats.completed), failures: \(stats.failed), dropped: \(stats.dropped)"
    )
  }
}
