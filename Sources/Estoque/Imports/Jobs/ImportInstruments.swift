import CoreMetrics
import Logging
import RevoadaInstruments
import RevoadaScheduling

/// What imports report.
struct ImportInstruments: Sendable {
  let logger: Logger
  private let instruments = Instruments(kind: "import", name: nil)
  private let lines: Counter?
  private let chunks: Timer?

  init() {
    logger = instruments.logger
    lines = instruments.counter("lines")
    chunks = instruments.timer("chunk_seconds")
  }

  func committed(_ count: Int, since start: Int64) {
    lines?.increment(by: count)
    chunks?.recordNanoseconds(Timers.current.now - start)
  }

  func ended(_ job: ImportJob) {
    instruments.counter("jobs", [("kind", job.kind.rawValue), ("state", job.state.rawValue)])?.increment()
    logger.info(
      "import \(job.state.rawValue)",
      metadata: ["job": "\(job.id)", "done": "\(job.done)", "failed": "\(job.failed)"])
  }
}
