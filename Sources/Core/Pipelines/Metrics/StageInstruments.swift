import CoreMetrics
import RevoadaInstruments

/// What a stage reports through swift-metrics; there is none while nobody listens.
struct StageInstruments: Sendable {
  let processed: Counter?
  let failed: Counter?
  private let work: Timer?
  private let starved: Timer?
  private let blocked: Timer?

  init?(_ instruments: Instruments, stage: String) {
    guard instruments.isMeasuring else { return nil }
    let dimensions = [("stage", stage)]
    processed = instruments.counter("processed", dimensions)
    failed = instruments.counter("failed", dimensions)
    work = instruments.timer("work_seconds", dimensions)
    starved = instruments.timer("starved_seconds", dimensions)
    blocked = instruments.timer("blocked_seconds", dimensions)
  }

  func worked(for nanoseconds: Int64) { work?.recordNanoseconds(nanoseconds) }

  /// A worker was so long at something.
  func left(_ activity: Activity, after nanoseconds: Int64) {
    switch activity {
    case .starved: starved?.recordNanoseconds(nanoseconds)
    case .blocked: blocked?.recordNanoseconds(nanoseconds)
    case .busy, .ended: break
    }
  }
}
