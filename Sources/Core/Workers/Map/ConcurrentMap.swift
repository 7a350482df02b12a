import RevoadaCaching
import RevoadaResilience
import RevoadaScheduling
import Synchronization

extension Sequence where Element: Sendable {
  /// Runs `transform` on every element, several at once, and returns how each of them ended.
  ///
  /// ```swift
  /// let outcomes = try await (1...12).concurrentMap(
  ///   limit: 5, retry: .exponential(attempts: 4), deadline: .seconds(2)
  /// ) { month in try await fetchSales(month) }
  /// for outcome in outcomes { print(outcome.input, outcome.result, outcome.attempts, outcome.duration) }
  /// ```
  ///
  /// An element that fails fails alone: its error is in its outcome. Suspends until every element has one. No attempt starts that
  /// the deadline cannot cover: neither after it, nor after a pause that would outlast it, nor where less is left than
  /// the policy's `RetryPolicy.attemptTime`.
  ///
  /// - Parameters:
  ///   - limit: how many elements are worked on at once; by default the number of cores.
  ///   - ordered: whether the outcomes come in the order of the elements; otherwise in the order in which they ended.
  ///   - retry: what is done about failures; by default nothing.
  ///   - timeout: how long one element may take, all its attempts and pauses included; then it fails with `TimedOut`.
  ///   - deadline: how long all may take. Elements that have not ended by then are cancelled, or never start, and
  ///     fail with `TimedOut`.
  ///   - breaker: a circuit breaker that every attempt passes.
  ///   - name: for metrics and logs.
  ///   - transform: the work. It must heed its cancellation, which is waited for.
  /// - Throws: `CancellationError` if the calling task is cancelled, and then everything has been cancelled; `InvalidSetting`.
  public func concurrentMap<Output: Sendable>(
    limit: Int = Scheduler.availableCores, ordered: Bool = true, retry: RetryPolicy = .none,
    timeout: Duration? = nil,
    deadline: Duration? = nil, breaker: CircuitBreaker? = nil, name: String? = nil,
    _ transform: @escaping @Sendable (Element) async throws -> Output
  ) async throws -> [Outcome<Element, Output>] {
    let step = MapStep(name: name, retry: retry, timeout: timeout, breaker: breaker, transform: transform)
    return try await map(limit: limit, ordered: ordered, deadline: deadline, step)
  }

  fileprivate func map<Output: Sendable>(
    limit: Int, ordered: Bool, deadline: Duration?, _ step: MapStep<Element, Output>
  ) async throws -> [Outcome<Element, Output>] {
    try step.validate(limit: limit)
    let run = MapRun(inputs: Array(self), step: step, deadline: deadline)
    if let deadline {
      // The body returns in spite of its cancellation: the outcomes say what came too late.
      try await withTimeout(deadline) { await run.work(limit: limit) }
    } else {
      await run.work(limit: limit)
    }
    try Task.checkCancellation()
    return run.outcomes(ordered: ordered)
  }
}

extension Sequence where Element: Sendable & Hashable {
  /// Runs `transform` on every element that `cache` does not know, several at once, and returns how each of them ended.
  ///
  /// As ``Swift/Sequence/concurrentMap(limit:ordered:retry:timeout:deadline:breaker:name:_:)``. What the cache knows costs no attempt
  /// and does not pass the breaker. Equal elements are worked on once, and what an element yields is cached; errors are cached where the
  /// cache is told to.
  ///
  /// - Parameters:
  ///   - limit: how many elements are worked on at once; by default the number of cores.
  ///   - ordered: whether the outcomes come in the order of the elements; otherwise in the order in which they ended.
  ///   - retry: what is done about failures; by default nothing.
  ///   - timeout: how long one element may take, all its attempts and pauses included.
  ///   - deadline: how long all may take.
  ///   - breaker: a circuit breaker that every attempt passes.
  ///   - cache: what is asked before an element is worked on.
  ///   - name: for metrics and logs.
  ///   - transform: the work.
  /// - Throws: `CancellationError`; `InvalidSetting`.
  public func concurrentMap<Output: Sendable>(
    limit: Int = Scheduler.availableCores, ordered: Bool = true, retry: RetryPolicy = .none,
    timeout: Duration? = nil,
    deadline: Duration? = nil, breaker: CircuitBreaker? = nil, cache: AnyCache<Element, Output>,
    name: String? = nil,
    _ transform: @escaping @Sendable (Element) async throws -> Output
  ) async throws -> [Outcome<Element, Output>] {
    let step = MapStep(
      name: name, retry: retry, timeout: timeout, breaker: breaker,
      lookUp: { try await cache.get($0, load: $1) }, transform: transform)
    return try await map(limit: limit, ordered: ordered, deadline: deadline, step)
  }
}

/// The work on all inputs: goroutines that each take the next input until there is none.
private final class MapRun<Input: Sendable, Output: Sendable>: Sendable {
  private let inputs: [Input]
  private let step: MapStep<Input, Output>
  private let deadline: Duration?
  private let timers = Timers.current
  private let end: Int64
  private let taken = Atomic<Int>(0)
  /// In the order in which they ended.
  private let ended = Guarded<[(index: Int, outcome: Outcome<Input, Output>)]>([])

  init(inputs: [Input], step: MapStep<Input, Output>, deadline: Duration?) {
    self.inputs = inputs
    self.step = step
    self.deadline = deadline
    let (end, overflow) = timers.now.addingReportingOverflow(deadline?.nanoseconds ?? .max)
    self.end = overflow ? .max : end
  }

  func work(limit: Int) async {
    // Its only error is the caller's cancellation, which the caller asks for itself.
    try? await withScope { scope in
      for _ in 0..<Swift.min(limit, inputs.count) { scope.spawn { await self.takeInputs() } }
    }
  }

  private func takeInputs() async {
    while !Task.isCancelled {
      let index = taken.add(1, ordering: .relaxed).oldValue
      if index >= inputs.count || isLate { return }
      var outcome = await step(inputs[index])
      if case .failure = outcome.result, isLate { outcome = outcome.failing(tooLate) }
      ended.withLock { $0.append((index, outcome)) }
    }
  }

  private var isLate: Bool { timers.now >= end }
  private var tooLate: any Error { TimedOut(limit: deadline ?? .zero) }

  /// The outcomes, with those of inputs that nobody has taken at the end.
  func outcomes(ordered: Bool) -> [Outcome<Input, Output>] {
    var all = ended.withLock { $0 }
    // Where the outcome of each input is.
    var places = [Int?](repeating: nil, count: inputs.count)
    for (place, ended) in all.enumerated() { places[ended.index] = place }
    for index in inputs.indices where places[index] == nil {
      places[index] = all.count
      all.append((index, step.outcome(of: inputs[index], .failure(tooLate))))
    }
    let failures = all.count { $0.outcome.error != nil }
    step.instruments.logger.debug("finished: \(all.count) elements, failures: \(failures)")
    return ordered ? places.map { all[$0.unsafelyUnwrapped].outcome } : all.map(\.outcome)
  }
}
