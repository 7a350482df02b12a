import RevoadaScheduling

/// The decisions of a breaker: times and outcomes come in, what to do comes out. No locks, no clock, no user code.
///
/// ```
///            too many failures
///   closed ────────────────────▶ open ◀─────────────┐
///      ▲                          │ openFor is over  │ a failure, or no verdict within halfOpenFor
///      │  `probes` successes      ▼                  │
///      └─────────────────────── half-open ───────────┘
/// ```
///
/// Each change of state begins a new *generation*. A call belongs to the generation that let it in, and its outcome is
/// ignored in any later one: what began before the breaker opened says nothing about the service now.
struct BreakerMachine: Sendable {
  private enum State: Sendable {
    case closed
    case open(until: Int64)
    /// Probes that run, and those that have succeeded; the verdict is due by `deadline` while probes run.
    case halfOpen(running: Int, succeeded: Int, deadline: Int64)
  }

  let settings: BreakerSettings
  private var state = State.closed
  private(set) var generation: UInt64 = 0
  private(set) var failuresInARow = 0
  /// Nil without a window.
  private(set) var window: BreakerWindow?
  /// The states that it has gone into since the storage last looked.
  var entered: [CircuitBreaker.State] = []

  /// - Parameter isUsable: false for a breaker that refuses everything.
  init(_ settings: BreakerSettings, isUsable: Bool) {
    self.settings = settings
    if !isUsable {
      state = .open(until: .max)
      return
    }
    switch settings.trip {
    case .consecutive: break
    case .countWindow(let calls, _, _): window = BreakerWindow(calls: calls)
    case .timeWindow(let duration, _, _): window = BreakerWindow(duration: duration.nanoseconds)
    }
  }

  var isClosed: Bool {
    if case .closed = state { return true }
    return false
  }

  var publicState: CircuitBreaker.State {
    switch state {
    case .closed: .closed
    case .open: .open
    case .halfOpen: .halfOpen
    }
  }

  /// When time alone will change the state; nil if it will not.
  var nextChange: Int64? {
    switch state {
    case .closed: nil
    case .open(let until): until
    case .halfOpen(let running, _, let deadline): running > 0 ? deadline : nil
    }
  }

  /// What a call is told when it wants to begin.
  enum Admission: Equatable {
    /// It may, and is to name this generation when it ends.
    case admitted(generation: UInt64)
    /// It may not; the time until it is worth while to ask again, if that is known.
    case refused(after: Int64?)
  }

  /// Lets time pass: the state as it is at `now`.
  mutating func settle(now: Int64) {
    guard let due = nextChange, now >= due else { return }
    if publicState == .halfOpen {
      // The probes do not come back: the service was found wanting when they were due.
      open(at: due)
      settle(now: now)
    } else {
      change(to: .halfOpen(running: 0, succeeded: 0, deadline: .max))
    }
  }

  /// A call wants to begin. Call ``settle(now:)`` before, unless the breaker is closed.
  mutating func admit(now: Int64) -> Admission {
    switch state {
    case .closed: return .admitted(generation: generation)
    case .open(let until): return .refused(after: until - now)
    case .halfOpen(let running, let succeeded, let deadline):
      if running >= settings.probes { return .refused(after: nil) }
      // The wait for a verdict begins with the first probe.
      let deadline = running == 0 ? adding(now, settings.halfOpenFor) : deadline
      state = .halfOpen(running: running + 1, succeeded: succeeded, deadline: deadline)
      return .admitted(generation: generation)
    }
  }

  /// How a call ended.
  enum Outcome: Equatable {
    case success
    case failure
    /// It says nothing about the service.
    case ignored
  }

  /// A call ended. Call ``settle(now:)`` before, unless the breaker is closed.
  ///
  /// - Returns: false if the call is of an older generation: nothing was counted.
  mutating func ended(_ outcome: Outcome, generation: UInt64, slow: Bool, now: Int64) -> Bool {
    if generation != self.generation { return false }
    switch state {
    case .closed:
      if outcome != .ignored { count(outcome, slow: slow, now: now) }
    case .open:
      return false  // nobody is let in
    case .halfOpen(let running, let before, let deadline):
      let succeeded = outcome == .success ? before + 1 : before
      if outcome == .failure || outcome == .success && slow {
        open(at: now)
      } else if succeeded >= settings.probes {
        change(to: .closed)
      } else {
        state = .halfOpen(running: running - 1, succeeded: succeeded, deadline: deadline)
      }
    }
    return true
  }

  /// Counts a call that ended while the breaker was closed, and opens it if it was one too many.
  private mutating func count(_ outcome: Outcome, slow: Bool, now: Int64) {
    var trips = false
    switch settings.trip {
    case .consecutive(let threshold):
      failuresInARow = outcome == .failure || slow ? failuresInARow + 1 : 0
      trips = failuresInARow >= threshold
    case .countWindow(_, let failureRate, let minimum), .timeWindow(_, let failureRate, let minimum):
      failuresInARow = outcome == .failure ? failuresInARow + 1 : 0
      window!.record(
        BreakerTally(calls: 1, failures: outcome == .failure ? 1 : 0, slow: slow ? 1 : 0), now: now)
      let total = window!.total
      if total.calls >= minimum {
        let calls = Double(total.calls)
        trips = Double(total.failures) >= failureRate * calls
        if settings.slowAfter != nil, Double(total.slow) >= settings.slowRate * calls { trips = true }
      }
    }
    if trips { open(at: now) }
  }

  /// Closes the breaker and forgets everything.
  mutating func reset() { change(to: .closed) }

  private mutating func open(at now: Int64) { change(to: .open(until: adding(now, settings.openFor))) }

  private mutating func change(to next: State) {
    state = next
    entered.append(publicState)
    generation &+= 1
    failuresInARow = 0
    window?.reset()
  }

  private func adding(_ time: Int64, _ span: Int64) -> Int64 {
    let (sum, overflow) = time.addingReportingOverflow(span)
    return overflow ? .max : sum
  }
}
