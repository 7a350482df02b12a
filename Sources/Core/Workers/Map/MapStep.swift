import CoreMetrics
import RevoadaCoordination
import RevoadaInstruments
import RevoadaResilience
import RevoadaScheduling

/// What is done with each input of a concurrent map: the attempts, and the outcome that they end in.
struct MapStep<Input: Sendable, Output: Sendable>: Sendable {
  private let retry: RetryPolicy
  private let timeout: Duration?
  private let breaker: CircuitBreaker?
  private let transform: @Sendable (Input) async throws -> Output
  /// Looks an input up, and does the work only for one that is not known.
  private let lookUp: LookUp?
  private let completed: Counter?
  private let failed: Counter?
  private let attempts: Counter?
  private let run: Timer?
  let instruments: Instruments

  typealias LookUp =
    @Sendable (Input, _ load: @escaping @Sendable () async throws -> Output) async throws -> Output

  init(
    name: String?, retry: RetryPolicy, timeout: Duration?, breaker: CircuitBreaker?, lookUp: LookUp? = nil,
    transform: @escaping @Sendable (Input) async throws -> Output
  ) {
    self.retry = retry
    self.timeout = timeout
    self.breaker = breaker
    self.transform = transform
    self.lookUp = lookUp
    instruments = Instruments(kind: "concurrent_map", name: name)
    completed = instruments.counter("completed")
    failed = instruments.counter("failed")
    attempts = instruments.counter("attempts")
    run = instruments.timer("run_seconds")
  }

  /// Finds a setting that no work could be done with.
  func validate(limit: Int) throws(InvalidSetting) {
    var check = SettingsCheck("concurrentMap")
    check.require(limit >= 1, "limit", limit, "at least 1")
    if let timeout { check.require(timeout > .zero, "timeout", timeout, "longer than zero") }
    try check.end()
    try retry.validate()
    try breaker?.validate()
  }

  /// Does the work on one input; whatever happens is in the outcome.
  func callAsFunction(_ input: Input) async -> Outcome<Input, Output> {
    let timers = Timers.current
    let began = timers.now
    let count = AtomicInteger()
    let attempts: @Sendable () async throws -> Output = {
      let retried = await retryResult(retry) { _ in
        if let breaker { return try await breaker.call { try await transform(input) } }
        return try await transform(input)
      }
      count.store(retried.attempts)
      return try retried.result.get()
    }
    let result = await limited {
      if let lookUp { return try await lookUp(input, attempts) }
      return try await attempts()
    }
    return outcome(of: input, result, attempts: count.load(), .nanoseconds(timers.now - began))
  }

  private func limited(_ body: @escaping @Sendable () async throws -> Output) async -> Result<
    Output, any Error
  > {
    do {
      if let timeout { return .success(try await withTimeout(timeout, body)) }
      return .success(try await body())
    } catch { return .failure(error) }
  }

  /// The outcome of an input, which is counted.
  func outcome(
    of input: Input, _ result: Result<Output, any Error>, attempts count: Int = 0,
    _ duration: Duration = .zero
  ) -> Outcome<Input, Output> {
    if instruments.isMeasuring {
      if case .success = result { completed?.increment() } else { failed?.increment() }
      attempts?.increment(by: count)
      run?.record(duration)
    }
    return Outcome(
      id: AnyPoolTask.nextID(), input: input, result: result, attempts: count, duration: duration)
  }
}
