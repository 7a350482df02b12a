import CoreMetrics
import Logging
import RevoadaInstruments
import RevoadaScheduling

/// What a request/reply reports.
struct RequestInstruments: Sendable {
  private let logger: Logger
  private let isMeasuring: Bool
  private let answered: Counter?
  private let timedOut: Counter?
  private let cancelled: Counter?
  private let refused: Counter?
  private let late: Counter?
  private let wait: Timer?

  init(name: String?) {
    let instruments = Instruments(kind: "request_reply", name: name)
    logger = instruments.logger
    isMeasuring = instruments.isMeasuring
    answered = instruments.counter("answered")
    timedOut = instruments.counter("timed_out")
    cancelled = instruments.counter("cancelled")
    refused = instruments.counter("refused")
    late = instruments.counter("late_replies")
    wait = instruments.timer("wait_seconds")
  }

  func start() -> Int64 { isMeasuring ? Timers.current.now : 0 }

  func ended(_ ending: RequestTable.Ending, since start: Int64) {
    if !isMeasuring { return }
    switch ending {
    case .answered: answered?.increment()
    case .timedOut: timedOut?.increment()
    case .cancelled: cancelled?.increment()
    }
    wait?.record(.nanoseconds(Timers.current.now - start))
  }

  func refused(_ error: any Error) {
    refused?.increment()
    logger.debug("a request was not sent", metadata: ["error": "\(error)"])
  }

  func late(_ id: UInt64) {
    late?.increment()
    logger.debug("a reply came too late and was dropped", metadata: ["request": "\(id)"])
  }

  func skipped() { logger.debug("a request was not handled: nobody waits for it any more") }

  func serving() { logger.debug("serving") }

  func closed(_ stats: RequestStats) {
    logger.debug("closed", metadata: ["requests": "\(stats.requests)", "late": "\(stats.lateReplies)"])
  }
}
