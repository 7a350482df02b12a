import RevoadaChannels
import RevoadaScheduling
import Synchronization

/// Stops calling what keeps failing, and tries from time to time whether it works again.
///
/// ```swift
/// let breaker = CircuitBreaker(name: "db", threshold: 5, openFor: .seconds(30), halfOpenProbes: 3)
/// let rows = try await breaker.call { try await query() }
/// ```
///
/// *Closed*, it lets every call through and counts failures. After too many (``BreakerTrip``) it is *open* and refuses
/// calls at once with ``CircuitOpen``. When `openFor` is over it is *half-open*: it lets up to `halfOpenProbes` calls through
/// at a time; as many successes close it, and the first failure opens it again for the whole time. Probes that have not
/// ended within `halfOpenFor` count as a failure, so that a call which never returns does not keep it half-open.
///
/// A call's outcome counts only if the breaker has not changed its state since the call began. A cancelled call counts
/// neither way. No code of yours runs under the breaker's lock: it may use the breaker.
///
/// With a wrong setting every call throws `InvalidSetting`; ``validate()`` tells beforehand.
///
/// Cost: about 30 ns a call while closed, without allocation: no lock to begin, a short one to end.
public final class CircuitBreaker: @unchecked Sendable {
  // All `var`s are protected by `lock`.

  /// Whether calls are let through.
  public enum State: String, Sendable, Equatable, CustomStringConvertible {
    /// All calls are.
    case closed
    /// None is.
    case open
    /// A few are, to see whether they succeed.
    case halfOpen = "half-open"
    /// `closed`, `open` or `half-open`.
    public var description: String { rawValue }
  }

  /// The breaker's name, in its errors and metrics.
  public let name: String
  let lock = Lock()
  /// The generation of a closed breaker, for calls to begin without the lock; ``shut`` for any other. Changed under the lock.
  private let door = Atomic(CircuitBreaker.shut)
  /// Calls that were let through, in all.
  let started = Atomic(0)
  @exclusivity(unchecked) var machine: BreakerMachine
  @exclusivity(unchecked) var counts = Counts()
  @exclusivity(unchecked) var news = BreakerNews()
  /// Fires when time alone changes the state, so that observers learn of it.
  private var timer: (timers: Timers, entry: TimerEntry, due: Int64)?
  private let slowAfter: Int64?
  private let timesSuccesses: Bool
  private let failIf: (@Sendable (any Error) -> Bool)?
  let fault: InvalidSetting?
  let instruments: BreakerInstruments

  struct Counts {
    var successes = 0
    var failures = 0
    var ignored = 0
    var late = 0
    var slow = 0
    var refused = 0
    /// Calls that have ended.
    var ended: Int { successes + failures + ignored + late }
  }

  private static let shut = UInt64.max

  /// Creates a closed breaker that opens after `threshold` failures in a row.
  ///
  /// - Parameters:
  ///   - name: for errors and metrics.
  ///   - threshold: at least 1.
  ///   - openFor: how long it refuses calls before it tries again.
  ///   - halfOpenProbes: how many calls at a time it then lets through, and how many must succeed.
  ///   - halfOpenFor: how long these may take; nil for as long as `openFor`.
  ///   - failIf: which errors are failures of the service; all others count as successes. Nil: all are. Runs without any
  ///     lock. Not asked about `CancellationError`, which never counts.
  public convenience init(
    name: String, threshold: Int = 5, openFor: Duration = .seconds(30), halfOpenProbes: Int = 1,
    halfOpenFor: Duration? = nil, failIf: (@Sendable (any Error) -> Bool)? = nil
  ) {
    self.init(
      name: name, trip: .consecutive(threshold), openFor: openFor, halfOpenProbes: halfOpenProbes,
      halfOpenFor: halfOpenFor, failIf: failIf)
  }

  /// Creates a closed breaker.
  ///
  /// - Parameters:
  ///   - name: for errors and metrics.
  ///   - trip: when it opens.
  ///   - slowCalls: which calls are too slow, and how many may be; nil if that does not matter.
  ///   - openFor: how long it refuses calls before it tries again.
  ///   - halfOpenProbes: how many calls at a time it then lets through, and how many must succeed.
  ///   - halfOpenFor: how long these may take; nil for as long as `openFor`.
  ///   - failIf: which errors are failures of the service, see ``init(name:threshold:openFor:halfOpenProbes:halfOpenFor:failIf:)``.
  public init(
    name: String, trip: BreakerTrip, slowCalls: SlowCalls? = nil, openFor: Duration = .seconds(30),
    halfOpenProbes: Int = 1, halfOpenFor: Duration? = nil, failIf: (@Sendable (any Error) -> Bool)? = nil
  ) {
    self.name = name
    let settings = BreakerSettings(
      trip: trip, slowAfter: slowCalls?.threshold.nanoseconds, slowRate: slowCalls?.rate ?? 1,
      openFor: openFor.nanoseconds, probes: halfOpenProbes,
      halfOpenFor: (halfOpenFor ?? openFor).nanoseconds)
    fault = settings.check(name)
    slowAfter = settings.slowAfter
    timesSuccesses = settings.timesSuccesses
    self.failIf = failIf
    machine = BreakerMachine(settings, isUsable: fault == nil)
    instruments = BreakerInstruments(name: name)
    if fault == nil { door.store(machine.generation, ordering: .releasing) }
  }

  deinit {
    if let timer { timer.timers.cancel(timer.entry) }
    news.close()
  }

  /// Finds a setting that the breaker cannot work with.
  public func validate() throws(InvalidSetting) { if let fault { throw fault } }

  /// The present state. Open turns into half-open by time alone.
  public var state: State {
    let now = Timers.current.now
    return changing {
      machine.settle(now: now)
      return machine.publicState
    }
  }

  /// Closes the breaker and forgets all failures. Calls that are under way no longer count.
  public func reset() { if fault == nil { changing { machine.reset() } } }

  /// Calls `body` if the breaker lets it through, and notes how it ends.
  ///
  /// Stays on the caller's executor. Cancellation is left to `body`.
  /// - Throws: ``CircuitOpen``, and then `body` was not called; what `body` throws; `InvalidSetting`.
  @inlinable
  nonisolated(nonsending)
    public func call<R>(_ body: nonisolated(nonsending) () async throws -> R) async throws -> R
  {
    let ticket = try admit()
    let result: R
    do { result = try await body() } catch {
      failed(ticket, error)
      throw error
    }
    succeeded(ticket)
    return result
  }

  // MARK: For those who cannot pass a closure: the scripting layer

  /// A call that was let through.
  @usableFromInline
  package struct Ticket: Sendable {
    let generation: UInt64
    /// 0 if calls are not timed.
    let start: Int64
  }

  /// Lets a call through; ``succeeded(_:)`` or ``failed(_:_:)`` must follow.
  /// - Throws: ``CircuitOpen``, `InvalidSetting`.
  @usableFromInline
  package func admit() throws -> Ticket {
    let start = slowAfter == nil ? 0 : Timers.current.now
    // A breaker that opens right now has let this call through before.
    let generation = door.load(ordering: .acquiring)
    if generation == Self.shut { return try admitUnlessOpen() }
    started.wrappingAdd(1, ordering: .relaxed)
    return Ticket(generation: generation, start: start)
  }

  /// The way in while the breaker is not closed.
  private func admitUnlessOpen() throws -> Ticket {
    try validate()
    let now = Timers.current.now
    let (admission, state) = changing {
      machine.settle(now: now)
      let admission = machine.admit(now: now)
      if case .admitted = admission {
        started.wrappingAdd(1, ordering: .relaxed)
      } else {
        counts.refused += 1
      }
      return (admission, machine.publicState)
    }
    switch admission {
    case .admitted(let generation): return Ticket(generation: generation, start: now)
    case .refused(let after):
      instruments.refused()
      throw CircuitOpen(name: name, state: state, remaining: after.map { .nanoseconds($0) })
    }
  }

  @usableFromInline
  package func succeeded(_ ticket: Ticket) { ended(ticket, .success) }

  /// Notes a failure; a cancellation counts neither way.
  @usableFromInline
  package func failed(_ ticket: Ticket, _ error: any Error) {
    if error is CancellationError { return ended(ticket, .ignored) }
    ended(ticket, failIf?(error) ?? true ? .failure : .success)
  }

  private func ended(_ ticket: Ticket, _ outcome: BreakerMachine.Outcome) {
    instruments.ended(outcome)
    if outcome == .success, !timesSuccesses, endedWhileClosed(ticket) { return }
    let now = Timers.current.now
    let slow = slowAfter.map { now - ticket.start > $0 } ?? false
    changing {
      machine.settle(now: now)
      if slow { counts.slow += 1 }
      guard machine.ended(outcome, generation: ticket.generation, slow: slow, now: now) else {
        return counts.late += 1
      }
      switch outcome {
      case .success: counts.successes += 1
      case .failure: counts.failures += 1
      case .ignored: counts.ignored += 1
      }
    }
  }

  /// The usual case: nothing changes, and the time does not matter.
  private func endedWhileClosed(_ ticket: Ticket) -> Bool {
    lock.withLock {
      guard machine.isClosed,
        machine.ended(.success, generation: ticket.generation, slow: false, now: 0)
      else { return false }
      counts.successes += 1
      return true
    }
  }

  /// Runs `body` under the lock, and tells the observers afterwards if it has changed the state.
  func changing<R>(_ body: () -> R) -> R {
    let (result, hasNews) = lock.withLock {
      let before = machine.publicState
      let result = body()
      arm()
      if machine.entered.isEmpty { return (result, false) }
      var from = before
      for state in machine.entered {
        news.add(BreakerChange(name: name, from: from, to: state))
        from = state
      }
      machine.entered.removeAll()
      door.store(machine.isClosed ? machine.generation : Self.shut, ordering: .releasing)
      return (result, true)
    }
    if hasNews { announce() }
    return result
  }

  /// With the lock held: sets the timer for the next change that time brings.
  private func arm() {
    let due = machine.nextChange
    if due == timer?.due { return }
    if let timer { timer.timers.cancel(timer.entry) }
    timer = nil
    guard let due, due < .max else { return }
    let timers = Timers.current
    timer = (timers, timers.schedule(at: due) { [weak self] in _ = self?.state }, due)
  }
}
