import CoreMetrics
import Logging
import RevoadaInstruments
import RevoadaScheduling

/// What a work queue reports.
struct WorkQueueInstruments: Sendable {
  private let logger: Logger
  private let isMeasuring: Bool
  private let enqueues: Counter?
  private let duplicates: Counter?
  private let completions: Counter?
  private let retries: Counter?
  private let deaths: Counter?
  private let recoveries: Counter?
  private let run: Timer?

  init(name: String) {
    let instruments = Instruments(kind: "work_queue", name: name)
    logger = instruments.logger
    isMeasuring = instruments.isMeasuring
    enqueues = instruments.counter("enqueued")
    duplicates = instruments.counter("duplicates")
    completions = instruments.counter("completed")
    retries = instruments.counter("retries")
    deaths = instruments.counter("dead")
    recoveries = instruments.counter("crash_recoveries")
    run = instruments.timer("run_seconds")
  }

  func enqueued(_ result: Enqueued) {
    if !isMeasuring { return }
    if case .added = result { enqueues?.increment() } else { duplicates?.increment() }
  }

  func start() -> Int64 { isMeasuring ? Timers.current.now : 0 }

  func ran(since start: Int64) {
    if isMeasuring { run?.record(.nanoseconds(Timers.current.now - start)) }
  }

  func completed(_ count: Int = 1) { completions?.increment(by: count) }

  func retrying(_ id: UInt64, attempt: Int, after pause: Duration, _ error: any Error) {
    retries?.increment()
    logger.debug(
      "an item failed and will be tried again",
      metadata: ["item": "\(id)", "attempt": "\(attempt)", "pause": "\(pause)", "error": "\(error)"])
  }

  func died(_ id: UInt64, attempts: Int, _ error: any Error, isKept: Bool) {
    deaths?.increment()
    logger.warning(
      isKept ? "an item is dead" : "an item failed for good and was discarded",
      metadata: ["item": "\(id)", "attempts": "\(attempts)", "error": "\(error)"])
  }

  func recovered(_ id: UInt64, attempt: Int) {
    recoveries?.increment()
    logger.warning(
      "an item was given to another worker: its lease had ended",
      metadata: ["item": "\(id)", "attempt": "\(attempt)"])
  }

  func notSettled(_ error: any Error) {
    logger.warning("an item could not be settled and will come again", metadata: ["error": "\(error)"])
  }

  func storeFailed(_ error: any Error) {
    logger.warning("the store failed", metadata: ["error": "\(error)"])
  }

  func processing(workers: Int) { logger.debug("processing", metadata: ["workers": "\(workers)"]) }

  func resized(to workers: Int) { logger.debug("resized", metadata: ["workers": "\(workers)"]) }

  func closed() { logger.debug("closed") }
}
