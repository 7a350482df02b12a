import CoreMetrics
import RevoadaInstruments

/// What a limiter reports.
struct RateInstruments: Sendable {
  private let granted: Counter?
  private let refused: Counter?
  private let cancelled: Counter?
  private let wait: Timer?

  /// - Parameter isSilent: for one of many that a keyed limiter holds.
  init(name: String?, isSilent: Bool = false) {
    let instruments = isSilent ? nil : Instruments(kind: "rate_limiter", name: name)
    granted = instruments?.counter("granted")
    refused = instruments?.counter("refused")
    cancelled = instruments?.counter("cancelled")
    wait = instruments?.timer("wait_seconds")
  }

  @inline(__always)
  func granted(_ count: Int, after nanoseconds: () -> Int64) {
    guard let granted else { return }
    granted.increment(by: count)
    wait?.recordNanoseconds(nanoseconds())
  }

  @inline(__always)
  func tried(_ count: Int, _ taken: Bool) {
    (taken ? granted : refused)?.increment(by: count)
  }

  func cancelled(_ count: Int) { cancelled?.increment(by: count) }
}
