import CoreMetrics
import Logging
import RevoadaChannels
import RevoadaInstruments

/// A change of state of a ``CircuitBreaker``.
public struct BreakerChange: Sendable, Equatable, CustomStringConvertible {
  /// The breaker's name.
  public let name: String
  /// The state before.
  public let from: CircuitBreaker.State
  /// The state after.
  public let to: CircuitBreaker.State
  /// A sentence for people.
  public var description: String { "circuit breaker \"\(name)\": \(from) → \(to)" }
}

extension CircuitBreaker {
  /// What a breaker has seen since it was made: admitted calls = successes + failures + ignored + late + running.
  public struct Stats: Sendable, Equatable {
    /// The present state.
    public let state: State
    /// Calls that succeeded, or failed with an error that is no failure of the service.
    public let successes: Int
    /// Calls that failed.
    public let failures: Int
    /// Calls that were cancelled.
    public let ignored: Int
    /// Calls whose outcome came after the breaker had changed its state.
    public let late: Int
    /// Calls that are under way.
    public let running: Int
    /// Calls that were not let through.
    public let refused: Int
    /// Calls that took too long, whatever their outcome.
    public let slow: Int
    /// Failures in a row, up to now.
    public let consecutiveFailures: Int
    /// The share of failures in the window; nil without a window or without calls in it.
    public let failureRate: Double?
    /// All calls that were let through.
    public var admitted: Int { successes + failures + ignored + late + running }
  }

  /// The ledger; a snapshot.
  public var stats: Stats {
    let state = state
    return lock.withLock {
      let window = machine.window?.total
      return Stats(
        state: state, successes: counts.successes, failures: counts.failures, ignored: counts.ignored,
        late: counts.late, running: started.load(ordering: .relaxed) - counts.ended, refused: counts.refused,
        slow: counts.slow,
        consecutiveFailures: machine.failuresInARow,
        failureRate: window.flatMap { $0.calls == 0 ? nil : Double($0.failures) / Double($0.calls) })
    }
  }

  /// Each change of state from now on, in order; those that time brings come on time.
  ///
  /// ```swift
  /// for try await change in breaker.changes() { print(change) }
  /// ```
  ///
  /// A reader that falls behind by more than 16 misses the oldest. Ends when the breaker is released; a channel that is
  /// dropped is forgotten.
  public func changes() -> Channel<BreakerChange> {
    let channel = Channel<BreakerChange>(capacity: 16, overflow: .dropOldest)
    lock.withLock { news.watch(channel) }
    return channel
  }

  /// Tells observers what is new, without the lock. One thread at a time does, so that the order is kept.
  func announce() {
    guard lock.withLock({ news.begin() }) else { return }
    while let (changes, watchers) = lock.withLock({ news.take() }) {
      for change in changes {
        instruments.changed(change)
        for watcher in watchers { _ = watcher.trySend(change) }
      }
    }
  }
}

/// Changes to be told, and whom to tell. Protected by the breaker's lock.
struct BreakerNews {
  private struct Watcher { weak var channel: Channel<BreakerChange>? }
  private var pending: [BreakerChange] = []
  private var watchers: [Watcher] = []
  private var isAnnouncing = false

  mutating func add(_ change: BreakerChange) { pending.append(change) }

  mutating func watch(_ channel: Channel<BreakerChange>) {
    watchers.removeAll { $0.channel == nil }
    watchers.append(Watcher(channel: channel))
  }

  /// Whether the caller is to tell the news: nobody else is at it.
  mutating func begin() -> Bool {
    if isAnnouncing { return false }
    isAnnouncing = true
    return true
  }

  /// The next changes; nil, and somebody else may begin, if there are none.
  mutating func take() -> ([BreakerChange], [Channel<BreakerChange>])? {
    if pending.isEmpty {
      isAnnouncing = false
      return nil
    }
    defer { pending.removeAll() }
    return (pending, watchers.compactMap(\.channel))
  }

  func close() { for watcher in watchers { watcher.channel?.close() } }
}

/// What a breaker reports.
struct BreakerInstruments: Sendable {
  private let logger: Logger
  private let successes: Counter?
  private let failures: Counter?
  private let ignored: Counter?
  private let rejected: Counter?
  private let opened: Counter?
  private let state: Meter?

  init(name: String) {
    let instruments = Instruments(kind: "circuit_breaker", name: name)
    logger = instruments.logger
    successes = instruments.counter("calls", [("outcome", "success")])
    failures = instruments.counter("calls", [("outcome", "failure")])
    ignored = instruments.counter("calls", [("outcome", "ignored")])
    rejected = instruments.counter("calls", [("outcome", "refused")])
    opened = instruments.counter("opened")
    state = instruments.meter("state")
    state?.set(0)
  }

  @inline(__always)
  func ended(_ outcome: BreakerMachine.Outcome) {
    switch outcome {
    case .success: successes?.increment()
    case .failure: failures?.increment()
    case .ignored: ignored?.increment()
    }
  }

  func refused() { rejected?.increment() }

  /// The meter shows 0 for closed, 1 for half-open, 2 for open.
  func changed(_ change: BreakerChange) {
    state?.set(change.to == .closed ? 0 : change.to == .halfOpen ? 1 : 2)
    if change.to == .open { opened?.increment() }
    logger.log(
      level: change.to == .open ? .warning : .info, "circuit breaker is \(change.to)",
      metadata: ["was": "\(change.from)"])
  }
}
