import RevoadaInstruments
import RevoadaScheduling
import Synchronization

/// A stage as the pipeline sees it, whatever the types of its elements.
@usableFromInline
final class StageRecord: Sendable {
  @usableFromInline let name: String
  @usableFromInline let options: StageOptions
  @usableFromInline let meters: [WorkerMeter]
  private let born: Int64
  private let live: Atomic<Int>
  private let failures = Atomic<Int>(0)
  private let leaving = Atomic<Bool>(false)

  init(_ name: String, _ options: StageOptions, clock: any TimeSource, _ instruments: StageInstruments?) {
    self.name = name
    self.options = options
    born = clock.now
    meters = (0..<options.workers).map { _ in WorkerMeter(clock: clock, instruments: instruments) }
    live = Atomic(options.workers)
  }

  /// - Returns: whether it was the last one.
  @usableFromInline
  func workerEnded() -> Bool { live.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 }

  /// - Returns: how many there have been with this one.
  func countFailure() -> Int { failures.add(1, ordering: .relaxed).newValue }

  /// Whether the stage is being removed.
  var isLeaving: Bool { leaving.load(ordering: .relaxed) }
  func leave() { leaving.store(true, ordering: .relaxed) }

  var ledger: PipelineLedger { WorkerMeter.ledger(of: meters) }

  func metrics(at now: Int64) -> StageMetrics {
    let ledger = ledger
    var (processed, failed, timed, time) = (0, 0, 0, Int64(0))
    var (starved, busy, blocked) = (Int64(0), Int64(0), Int64(0))
    for meter in meters {
      let work = meter.work
      processed += work.processed
      failed += work.failed
      timed += work.timed
      time += work.time
      let times = meter.times(at: now)
      starved += times.starved
      busy += times.busy
      blocked += times.blocked
    }
    return StageMetrics(
      name: name, workers: meters.count, processed: processed, failed: failed,
      averageTime: .nanoseconds(timed > 0 ? time / Int64(timed) : 0),
      p95Time: .nanoseconds(DurationHistogram.quantile(0.95, of: meters.map(\.histogram))),
      starved: .nanoseconds(starved), busy: .nanoseconds(busy), blocked: .nanoseconds(blocked),
      age: .nanoseconds(now - born), ledger: ledger)
  }
}
