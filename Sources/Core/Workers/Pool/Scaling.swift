import RevoadaResilience
import RevoadaScheduling

/// When a pool gets more workers, and when fewer.
@usableFromInline
struct Scaling: Sendable {
  let minimum: Int
  let maximum: Int
  /// The share of their time that workers must be busy for the pool to grow, and may be for it to shrink.
  let scaleUp: Double
  let scaleDown: Double
  let interval: Duration
  /// How long tasks may wait before the pool grows.
  let maxWait: Duration

  @usableFromInline
  init(
    minimum: Int, maximum: Int, scaleUp: Double, scaleDown: Double, interval: Duration, maxWait: Duration?
  ) {
    self.minimum = minimum
    self.maximum = maximum
    self.scaleUp = scaleUp
    self.scaleDown = scaleDown
    self.interval = interval
    self.maxWait = maxWait ?? min(interval, .milliseconds(100))
  }

  func validate(_ pool: String) throws(InvalidSetting) {
    var check = SettingsCheck("pool", pool)
    check.require(minimum >= 1, "minWorkers", minimum, "at least 1")
    check.require(maximum >= minimum, "maxWorkers", maximum, "at least \(minimum), the fewest")
    check.require(scaleDown >= 0, "scaleDown", scaleDown, "a number of at least 0")
    check.require(
      scaleUp >= scaleDown, "scaleUp", scaleUp, "a number of at least \(scaleDown), that of scaleDown")
    check.require(interval > .zero, "checkInterval", interval, "longer than zero")
    check.require(maxWait >= .zero, "maxWait", maxWait, "zero or longer")
    try check.end()
  }

  /// What was measured since the last look.
  struct Sample {
    var workers: Int
    /// The share of their time that the workers were busy.
    var utilisation: Double
    /// The longest that a task waited that was started meanwhile, or has waited that is still queued.
    var longestWait: Duration
    /// Whether tasks wait.
    var hasBacklog: Bool
  }

  /// Decides from one look to the next; pure state, so that it is tested without time.
  ///
  /// It grows at once, by half: a queue that waits gets longer while one hesitates. It shrinks, by half of what is above the
  /// minimum, only after three idle looks in a row, so that a short lull does not make it swing.
  struct Decider {
    private static let patience = 3
    private var idleLooks = 0
    let scaling: Scaling

    init(_ scaling: Scaling) { self.scaling = scaling }

    /// How many workers there should be.
    mutating func workers(after sample: Sample) -> Int {
      if sample.utilisation >= scaling.scaleUp, sample.hasBacklog, sample.longestWait >= scaling.maxWait {
        idleLooks = 0
        return max(sample.workers, min(scaling.maximum, sample.workers + max(1, sample.workers / 2)))
      }
      guard sample.utilisation <= scaling.scaleDown, !sample.hasBacklog, sample.workers > scaling.minimum
      else {
        idleLooks = 0
        return sample.workers
      }
      idleLooks += 1
      if idleLooks < Self.patience { return sample.workers }
      idleLooks = 0
      return scaling.minimum + (sample.workers - scaling.minimum) / 2
    }
  }
}

extension PoolCore {
  /// Looks at the pool at intervals and gives it more or fewer workers, until it is idle and small again: an idle pool has
  /// no timer.
  func watch(_ scaling: Scaling) async {
    var decider = Scaling.Decider(scaling)
    let timers = Timers.current
    var last = timers.now
    var lastBusy = room.withLock { state.load.busyTime(at: last) }
    while true {
      try? await sleep(for: scaling.interval)
      let now = timers.now
      let workers = locked { _ -> Int? in
        if state.isIdle, state.workers <= scaling.minimum || state.isClosed {
          state.isWatched = false
          return nil
        }
        let busy = state.load.busyTime(at: now)
        defer { (last, lastBusy) = (now, busy) }
        let oldest = state.queue.earliest { $0.submittedAt }.map { now - $0 } ?? 0
        let time = Double(max(1, now - last)) * Double(state.workers)
        return decider.workers(
          after: .init(
            workers: state.workers, utilisation: Double(busy - lastBusy) / time,
            longestWait: .nanoseconds(max(oldest, state.takeLongestWait())), hasBacklog: state.queued > 0))
      }
      guard let workers else { return }
      if workers != room.withLock({ state.workers }) { try? resize(to: workers) }
    }
  }
}
