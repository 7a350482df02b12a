import RevoadaInstruments
import RevoadaScheduling

/// A ``Bulkhead`` that finds out by itself how many calls a service can take.
///
/// ```swift
/// let search = AdaptiveLimiter(name: "search")
/// let hits = try await search.execute { try await find(words) }
/// ```
///
/// It measures how long calls take and how many are dropped, and moves the limit between `minimum` and `maximum`
/// accordingly. Which errors mean that a call was dropped, `dropIf` says; calls that fail otherwise, or are
/// cancelled, teach nothing.
public final class AdaptiveLimiter: @unchecked Sendable {  // `state` is protected by `lock`
  private let gate: Bulkhead
  private let lock = Lock()
  private var state: AdaptiveState
  private let dropIf: @Sendable (any Error) -> Bool
  private let fault: InvalidSetting?

  /// Creates a limiter that starts with `initial` places.
  ///
  /// - Parameters:
  ///   - name: for errors and metrics.
  ///   - algorithm: how it finds its limit.
  ///   - initial: the limit to start with.
  ///   - minimum: the limit does not fall below it; at least 1.
  ///   - maximum: the limit does not rise above it.
  ///   - queue: how many calls may wait; nil for any number.
  ///   - dropIf: which errors mean that the service could not take the call; runs without any lock.
  public init(
    name: String, algorithm: AdaptiveAlgorithm = .gradient(), initial: Int = 20, minimum: Int = 1,
    maximum: Int = 1_000, queue: Int? = 0,
    dropIf: @escaping @Sendable (any Error) -> Bool = { $0 is TimedOut }
  ) {
    var check = SettingsCheck("adaptive limiter", name)
    check.require(minimum >= 1, "minimum", minimum, "at least 1")
    check.require(maximum >= minimum, "maximum", maximum, "at least the minimum of \(minimum)")
    check.require(
      initial >= minimum && initial <= maximum, "initial limit", initial, "from \(minimum) to \(maximum)")
    check.require(queue ?? 0 >= 0, "queue", queue ?? 0, "zero or more")
    switch algorithm {
    case .aimd(let backoff):
      check.require(backoff > 0 && backoff < 1, "backoff", backoff, "a number between 0 and 1")
    case .gradient(let tolerance):
      check.require(tolerance >= 1 && tolerance.isFinite, "tolerance", tolerance, "a number of at least 1")
    }
    fault = check.fault
    self.dropIf = dropIf
    state = AdaptiveState(algorithm, initial: initial, minimum: minimum, maximum: maximum)
    gate = Bulkhead(kind: "adaptive_limiter", name: name, limit: fault == nil ? initial : 0, queue: queue)
  }

  /// The limiter's name.
  public var name: String { gate.name }
  /// How many calls may run at present.
  public var limit: Int { gate.limit }
  /// The ledger; a snapshot.
  public var stats: Bulkhead.Stats { gate.stats }

  /// Finds a setting that the limiter cannot work with.
  public func validate() throws(InvalidSetting) { if let fault { throw fault } }

  /// Runs `body` when there is a place for it, and learns from how it ends. Stays on the caller's executor.
  ///
  /// - Throws: ``BulkheadFull``; what `body` throws; `CancellationError`; `InvalidSetting`.
  nonisolated(nonsending)
    public func execute<R>(_ body: nonisolated(nonsending) () async throws -> R) async throws -> R
  {
    try validate()
    return try await gate.execute {
      let running = gate.stats.running
      let start = Timers.current.now
      do {
        let result = try await body()
        learn { $0.succeeded(after: Timers.current.now - start, running: running) }
        return result
      } catch {
        if !(error is CancellationError), dropIf(error) {
          learn { $0.dropped(start: start, now: Timers.current.now) }
        }
        throw error
      }
    }
  }

  private func learn(_ change: (inout AdaptiveState) -> Void) {
    let resized = lock.withLock { () -> Int? in
      let before = Int(state.limit)
      change(&state)
      return Int(state.limit) == before ? nil : Int(state.limit)
    }
    // The limit is at least 1, so there is nothing to throw.
    if let resized { try? gate.resize(to: resized) }
  }
}
