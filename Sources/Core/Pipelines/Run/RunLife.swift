import RevoadaScheduling

/// The life of a pipeline: not started, running, stopping, ended. A pure value; ``PipelineRun`` puts a lock around it.
struct RunLife {
  private enum Phase {
    /// Nothing has been taken from the source.
    case idle
    /// Elements flow.
    case running
    /// Its goroutines have been cancelled, but some are still there.
    case stopping
    /// No goroutine is there any more, and none comes.
    case ended
  }

  private var phase = Phase.idle
  /// Goroutines that have not ended, and whoever starts some.
  private var live = 0
  private var goroutines: [AnyGoroutine] = []
  /// Why the results end early; nil if they do not.
  private(set) var failure: (any Error)?
  /// Whether nobody will read what is left of the results.
  private var discardsResults = false

  var isIdle: Bool { phase == .idle }
  var isEnded: Bool { phase == .ended }

  /// - Returns: whether the caller is to start it, and to call ``leave()`` when that is done.
  mutating func start() -> Bool {
    guard phase == .idle else { return false }
    phase = .running
    live = 1
    return true
  }

  /// Announces a goroutine; false when it is too late for that.
  mutating func enter() -> Bool {
    guard phase == .running || phase == .stopping else { return false }
    live += 1
    return true
  }

  /// - Returns: whether the goroutine must be cancelled at once.
  mutating func add(_ goroutine: AnyGoroutine) -> Bool {
    goroutines.append(goroutine)
    return phase == .stopping
  }

  enum Departure {
    case othersRemain
    case wasLast(discardsResults: Bool)
  }
  mutating func leave() -> Departure {
    live -= 1
    if live > 0 { return .othersRemain }
    phase = .ended
    goroutines = []
    return .wasLast(discardsResults: discardsResults)
  }

  /// Notes an error with which the results end although nothing is cancelled; the first one counts.
  mutating func note(_ error: any Error) { if failure == nil { failure = error } }

  enum Stop {
    /// It had not started, and will not: its end is the caller's to announce.
    case beforeStart
    case cancel([AnyGoroutine])
    /// It is stopping or has ended.
    case tooLate
  }
  mutating func stop(_ error: any Error) -> Stop {
    switch phase {
    case .idle:
      phase = .ended
      failure = error
      return .beforeStart
    case .running:
      phase = .stopping
      failure = error
      return .cancel(goroutines)
    case .stopping, .ended: return .tooLate
    }
  }

  /// - Returns: whether the caller is to empty the results; otherwise the last goroutine does.
  mutating func discardResults() -> Bool {
    discardsResults = true
    return phase == .ended
  }
}
