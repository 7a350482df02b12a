import CoreMetrics
import RevoadaInstruments
import RevoadaScheduling

/// What a bulkhead reports.
struct BulkheadInstruments: Sendable {
  private let completions: Counter?
  private let refusals: Counter?
  private let cancellations: Counter?
  private let wait: Timer?
  private let limit: Meter?

  /// - Parameter isSilent: for one of many that a keyed object holds.
  init(kind: String, name: String, isSilent: Bool) {
    let instruments = isSilent ? nil : Instruments(kind: kind, name: name)
    completions = instruments?.counter("completed")
    refusals = instruments?.counter("refused")
    cancellations = instruments?.counter("cancelled")
    wait = instruments?.timer("wait_seconds")
    limit = instruments?.meter("limit")
  }

  func completed() { completions?.increment() }
  func refused() { refusals?.increment() }
  func cancelled() { cancellations?.increment() }
  func resized(_ places: Int) { limit?.set(places) }

  /// The time, if anybody wants to know.
  var start: Int64 { wait == nil ? 0 : Timers.current.now }
  func waited(since start: Int64) { wait?.recordNanoseconds(Timers.current.now - start) }
}

extension String {
  /// The kind of an object, as people write it.
  var replacingUnderscores: String { String(map { $0 == "_" ? " " : $0 }) }
}
