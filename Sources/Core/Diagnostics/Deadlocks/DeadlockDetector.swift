import CoreMetrics
import Logging
import RevoadaInstruments
import RevoadaScheduling

/// Finds goroutines that wait for each other, or for goroutines that have ended, while the rest of the program goes on.
///
/// ```swift
/// let detector = DeadlockDetector(checkInterval: .seconds(1), timeout: .seconds(10))
/// detector.onDeadlock { report in print(report) }
/// try detector.start()
/// ```
///
/// It looks at all goroutines every `checkInterval`, and reports those of which it is certain: they have waited, unchanged, for
/// `timeout`, and everybody who could end their waits is among them. Certain are the holders of an `AsyncMutex`, an
/// `AsyncRWLock`, of permits by `withPermits`, the places of a scope, and goroutines whose end is awaited; further the ends of channels
/// by `onlySenders(_:)`, and latches, wait groups, conditions and barriers by declarations of that kind. A wait that anybody could end
/// is never reported, nor one under a time limit that will end it, nor a sleep. Each deadlock is reported once.
///
/// Start it first thing in `main`: goroutines that were spawned before are not watched, and who has a lock since before is not known. It
/// looks at the goroutines of the world in which it was created: real time, or one simulation.
///
/// Cost: see ``WaitRegistry``; and some hundred nanoseconds a goroutine for each look.
public final class DeadlockDetector: Sendable {
  /// How often it looks.
  public let checkInterval: Duration
  /// How long goroutines are stuck before they are reported.
  public let timeout: Duration

  private struct State {
    var tracker: StallTracker
    var handlers: [@Sendable (DeadlockReport) -> Void] = []
    var goroutine: Goroutine<Void>?
    var standstill: StandstillListener?
    /// Where its own timer is, and from when on it looks again when nothing runs.
    var ownTimers: Timers?
    var nextStandstill: Int64 = .min
    var hasReminder = false
  }
  private let state: Guarded<State>
  private let sources: [any WaitSource]
  private let timers = Timers.current
  private let world = currentHost?.timers
  private let detectsGlobalStalls: Bool
  private let instruments: Instruments
  private let found: Counter?

  /// Creates a detector that does not look yet.
  ///
  /// - Parameters:
  ///   - checkInterval: how often it looks.
  ///   - timeout: how long goroutines are stuck before they are reported; they are seen three times at least.
  ///   - detectsGlobalStalls: whether it is a deadlock that all goroutines wait, whatever for, and none of them for a timer. True only where
  ///     nothing else ever wakes one: no thread, no input or output, no plain `Task`. Such a stall is reported at once, when the
  ///     last worker of a scheduler finds nothing to do and no timer is set; otherwise after two looks.
  ///   - sources: others that wait, and belong into the same graph.
  public init(
    checkInterval: Duration = .seconds(1), timeout: Duration = .seconds(10),
    detectsGlobalStalls: Bool = false,
    sources: [any WaitSource] = []
  ) {
    self.checkInterval = checkInterval
    self.timeout = timeout
    self.detectsGlobalStalls = detectsGlobalStalls
    self.sources = sources
    state = Guarded(State(tracker: StallTracker(timeout: timeout, detectsGlobalStalls: detectsGlobalStalls)))
    instruments = Instruments(kind: "deadlock_detector", name: nil)
    found = instruments.counter("deadlocks")
  }

  deinit { stop() }

  /// Adds somebody to be told of deadlocks, before or after the start. Without anybody they are logged, as warnings.
  ///
  /// It is called in the detector's goroutine, which looks again only when it has returned.
  public func onDeadlock(_ handler: @escaping @Sendable (DeadlockReport) -> Void) {
    state.withLock { $0.handlers.append(handler) }
  }

  /// Starts to watch and to look. Does nothing if it is started.
  ///
  /// - Throws: ``validate()``'s error.
  public func start() throws(InvalidSetting) {
    try validate()
    let isStarted = state.withLock { state in
      if state.goroutine != nil { return true }
      Watching.begin(holders: true)
      if detectsGlobalStalls && world == nil {
        let listener = StandstillListener { [weak self] in self?.lookAtStandstill($0) }
        state.standstill = listener
        Watching.add(listener)
      }
      state.goroutine = spawnDetached(name: "deadlock detector") { [weak self, checkInterval] in
        while true {
          self?.state.withLock { $0.ownTimers = Timers.current }
          try await sleep(for: checkInterval)
          guard let self else { return }
          self.check()
        }
      }
      return false
    }
    if !isStarted { instruments.logger.debug("deadlock detector started") }
  }

  /// - Throws: `InvalidSetting` for an interval that is not longer than zero, or a timeout below zero.
  public func validate() throws(InvalidSetting) {
    var check = SettingsCheck("deadlock detector")
    check.require(checkInterval > .zero, "checkInterval", checkInterval, "longer than zero")
    check.require(timeout >= .zero, "timeout", timeout, "zero or longer")
    try check.end()
  }

  /// Stops to look. It can be started again.
  public func stop() {
    let (goroutine, standstill) = state.withLock { state in
      defer { (state.goroutine, state.standstill) = (nil, nil) }
      return (state.goroutine, state.standstill)
    }
    if let standstill { Watching.remove(standstill) }
    guard let goroutine else { return }
    goroutine.cancel()
    Watching.end(holders: true)
  }

  /// Looks once, now; the detector's own goroutine does so every `checkInterval`.
  ///
  /// - Returns: what it has found that was not reported before; the handlers have been told.
  @discardableResult
  public func check() -> [DeadlockReport] {
    let graph = look()
    let time = Duration.nanoseconds(timers.now)
    let reports = state.withLock { $0.tracker.observe(graph, at: time) }
    tell(reports)
    return reports
  }

  private func look() -> WaitGraph {
    let own = state.withLock { $0.goroutine }
    let goroutines = GoroutineSample.take { [world] goroutine, record in
      record.world === world && goroutine !== own
    }
    return WaitGraph(goroutines + sources.flatMap { $0.snapshots() })
  }

  /// On the thread of a worker that has nothing to do, as none has.
  private func lookAtStandstill(_ idle: Timers) {
    let start = idle.now
    let (own, next) = state.withLock { ($0.ownTimers === idle ? 1 : 0, $0.nextStandstill) }
    // Its own timer is no reason to hope.
    if idle.count > own { return }
    if start < next { return remind(idle, at: next) }
    let graph = look()
    let reports = state.withLock { state in
      // A scheduler may run out of work all the time: a twentieth of the time for looks at most.
      state.nextStandstill = start + 20 * (idle.now - start)
      return state.tracker.observeStandstill(graph)
    }
    if !reports.isEmpty { spawnDetached(name: "deadlock report") { [self] in tell(reports) } }
  }

  /// Brings a worker by again, when there may be a look.
  private func remind(_ idle: Timers, at time: Int64) {
    let isNew = state.withLock { state in
      defer { state.hasReminder = true }
      return !state.hasReminder
    }
    if !isNew { return }
    idle.schedule(at: time) { [weak self] in
      self?.state.withLock { $0.hasReminder = false }
      spawnDetached(name: "deadlock reminder") {}
    }
  }

  private func tell(_ reports: [DeadlockReport]) {
    let handlers = state.withLock { $0.handlers }
    for report in reports {
      found?.increment()
      if handlers.isEmpty { instruments.logger.warning("\(report)") }
      for handler in handlers { handler(report) }
    }
  }
}
