import RevoadaInstruments
import RevoadaScheduling
import Synchronization

/// What one worker has done and is doing. Only the worker writes; anybody may read at any time.
///
/// Cheap enough to be always on: plain stores for each element and one reading of the clock, and a lock only where the worker
/// waits anyway.
@usableFromInline
final class WorkerMeter: @unchecked Sendable {  // `times` is protected by `lock`, `mark` is the worker's own
  private let clock: any TimeSource
  private let instruments: StageInstruments?
  // Read the ends of elements before their beginnings, and no snapshot has more of the former.
  private let taken = Atomic<Int>(0)
  private let created = Atomic<Int>(0)
  private let emittedCount = Atomic<Int>(0)
  private let failedCount = Atomic<Int>(0)
  private let droppedCount = Atomic<Int>(0)
  private let filteredCount = Atomic<Int>(0)
  private let undeliveredCount = Atomic<Int>(0)
  private let processedCount = Atomic<Int>(0)
  private let timedCount = Atomic<Int>(0)
  private let workTime = Atomic<Int64>(0)
  let histogram = DurationHistogram()
  private let lock = Lock()
  @exclusivity(unchecked) private var times: WorkerTimes
  /// When the worker last looked at the clock: where nothing was waited for, the next element begins there.
  @exclusivity(unchecked) private var mark: Int64

  init(clock: any TimeSource, instruments: StageInstruments? = nil) {
    self.clock = clock
    self.instruments = instruments
    mark = clock.now
    times = WorkerTimes(at: mark)
  }

  // MARK: The worker

  /// Waits from now on, for an element or for room. Counted from when the worker last looked at the clock, at the end of its work,
  /// which has only just been.
  @usableFromInline
  func waits(_ activity: Activity) { enter(activity, at: mark) }

  /// Works again.
  @usableFromInline
  func works() {
    mark = clock.now
    enter(.busy, at: mark)
  }

  @usableFromInline
  func ended() { enter(.ended, at: clock.now) }

  private func enter(_ activity: Activity, at now: Int64) {
    let (before, spent) = lock.withLock { (times.activity, times.enter(activity, at: now)) }
    instruments?.left(before, after: spent)
  }

  /// Elements are inside from here on.
  @usableFromInline
  func took(_ count: Int = 1) { increment(taken, by: count) }

  /// The stage is done with elements, well or badly.
  /// - Returns: the nanoseconds for one.
  private func timed(_ count: Int = 1) -> Int64 {
    let now = clock.now
    let spent = now - mark
    mark = now
    increment(timedCount, by: count)
    workTime.store(workTime.load(ordering: .relaxed) &+ spent, ordering: .relaxed)
    let each = count == 1 ? spent : spent / Int64(count)
    histogram.record(each, count)
    instruments?.worked(for: each)
    return each
  }

  /// - Returns: the nanoseconds for one.
  @discardableResult
  @usableFromInline
  func processed(_ count: Int = 1) -> Int64 {
    increment(processedCount, by: count)
    instruments?.processed?.increment(by: count)
    return timed(count)
  }
  func failed() {
    _ = timed()
    increment(failedCount)
    instruments?.failed?.increment()
  }
  func dropped() {
    _ = timed()
    increment(droppedCount)
    instruments?.failed?.increment()
  }
  @usableFromInline
  func filtered() { increment(filteredCount) }
  @usableFromInline
  func emitted(_ count: Int = 1) { increment(emittedCount, by: count) }
  /// One became `count`.
  @usableFromInline
  func multiplied(into count: Int) { increment(created, by: count - 1) }
  @usableFromInline
  func undelivered() { increment(undeliveredCount) }

  private func increment(_ counter: borrowing Atomic<Int>, by delta: Int = 1) {
    counter.store(counter.load(ordering: .relaxed) &+ delta, ordering: .releasing)
  }

  // MARK: Others

  /// How long the worker was at what, waits in progress included, until `now`.
  func times(at now: Int64) -> WorkerTimes { lock.withLock { times.upTo(now) } }

  var work: (processed: Int, failed: Int, timed: Int, time: Int64) {
    (
      processedCount.load(ordering: .acquiring),
      failedCount.load(ordering: .acquiring) + droppedCount.load(ordering: .acquiring),
      timedCount.load(ordering: .acquiring), workTime.load(ordering: .acquiring)
    )
  }

  /// Adds up the workers' ledgers.
  static func ledger(of meters: some Collection<WorkerMeter>) -> PipelineLedger {
    var sum = PipelineLedger()
    for meter in meters {
      sum.emitted += meter.emittedCount.load(ordering: .acquiring)
      sum.failed += meter.failedCount.load(ordering: .acquiring)
      sum.dropped += meter.droppedCount.load(ordering: .acquiring)
      sum.filtered += meter.filteredCount.load(ordering: .acquiring)
      sum.undelivered += meter.undeliveredCount.load(ordering: .acquiring)
    }
    for meter in meters { sum.created += meter.created.load(ordering: .acquiring) }
    for meter in meters { sum.taken += meter.taken.load(ordering: .acquiring) }
    return sum
  }
}
