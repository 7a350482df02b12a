import CoreMetrics
import Logging
import RevoadaInstruments

/// What a named policy reports.
struct RetryInstruments: Sendable {
  let name: String
  private let logger: Logger
  private let retries: Counter?
  private let gaveUp: Counter?

  init(name: String) {
    let instruments = Instruments(kind: "retry", name: name)
    self.name = name
    logger = instruments.logger
    retries = instruments.counter("retries")
    gaveUp = instruments.counter("gave_up")
  }

  func retrying(after error: any Error, failures: Int, pause: Duration) {
    retries?.increment()
    logger.debug(
      "attempt failed, will retry",
      metadata: [
        "attempt": "\(failures)", "pause": "\(pause)", "error": "\(error)",
      ])
  }

  func gaveUp(after error: any Error, failures: Int, reason: RetryEnd) {
    gaveUp?.increment()
    // An error that is not worth another attempt, and a cancellation, are the caller's affair.
    let isTrouble = reason != .notRetryable && reason != .cancelled
    logger.log(
      level: isTrouble ? .warning : .debug, "gave up",
      metadata: [
        "attempts": "\(failures)", "reason": "\(reason.rawValue)", "error": "\(error)",
      ])
  }
}
