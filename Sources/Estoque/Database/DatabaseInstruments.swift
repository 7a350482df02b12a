import CoreMetrics
import Logging
import RevoadaInstruments
import RevoadaScheduling

/// What a database reports; every metric is nil while nobody listens. Never parameters, and statements only as their text.
struct DatabaseInstruments: Sendable {
  let logger: Logger
  private let instruments: Instruments
  private let reading: Timer?
  private let changing: Timer?
  private let statements: Counter?
  private let slow: Int64

  init(name: String, slow: Duration) {
    instruments = Instruments(kind: "database", name: name)
    logger = instruments.logger
    reading = instruments.timer("session_seconds", [("kind", "read")])
    changing = instruments.timer("session_seconds", [("kind", "change")])
    statements = instruments.counter("statements")
    self.slow = slow.nanoseconds
  }

  /// A session has ended, one way or the other.
  func ended(_ kind: TransactionKind, statements count: Int, since start: Int64) {
    let time = Timers.current.now - start
    if case .changes = kind { changing?.recordNanoseconds(time) } else { reading?.recordNanoseconds(time) }
    statements?.increment(by: count)
    if time > slow {
      logger.warning(
        "slow session", metadata: ["seconds": "\(Double(time) / 1e9)", "statements": "\(count)"])
    }
  }

  /// A call has failed for good.
  func failed(_ error: any Error) {
    guard let error = error as? DatabaseError else { return }
    instruments.counter("errors", [("kind", error.label)])?.increment()
    if error.isOutage {
      logger.error("\(error)")
    } else {
      logger.debug("\(error)")
    }
  }
}
