import RevoadaScheduling

/// A layer that cancels what takes too long, see `withTimeout`.
public struct Timeout: PolicyLayer {
  private let limit: Duration
  /// Gives everything inside `limit`; zero or less is over at once.
  public init(_ limit: Duration) { self.limit = limit }
  /// Runs the operation within the limit.
  public func run<Success: Sendable>(
    _ operation: @escaping @Sendable () async throws -> Success
  ) async throws -> Success { try await withTimeout(limit, operation) }
}

/// A layer that tries again what fails, see `retry(_:_:)`.
public struct Retry: PolicyLayer {
  private let policy: RetryPolicy
  /// Tries again as `policy` says.
  public init(_ policy: RetryPolicy) { self.policy = policy }
  /// Runs the operation until it succeeds or the policy has had enough.
  public func run<Success: Sendable>(
    _ operation: @escaping @Sendable () async throws -> Success
  ) async throws -> Success { try await retry(policy, operation) }
  /// That of the policy.
  public func validate() throws(InvalidSetting) { try policy.validate() }
}

/// A layer that stops calling what keeps failing, see ``CircuitBreaker``.
public struct Breaker: PolicyLayer {
  private let breaker: CircuitBreaker
  /// Passes through `breaker`.
  public init(_ breaker: CircuitBreaker) { self.breaker = breaker }
  /// Runs the operation if the breaker lets it through.
  public func run<Success: Sendable>(
    _ operation: @escaping @Sendable () async throws -> Success
  ) async throws -> Success { try await breaker.call(operation) }
  /// That of the breaker.
  public func validate() throws(InvalidSetting) { try breaker.validate() }
}

/// A layer that keeps to a rate, see ``RateLimiter``.
public struct RateLimit: PolicyLayer {
  private let limiter: RateLimiter
  private let count: Int
  /// Takes `count` tokens of `limiter` for each call.
  public init(_ limiter: RateLimiter, count: Int = 1) {
    self.limiter = limiter
    self.count = count
  }
  /// Runs the operation when it has its tokens.
  public func run<Success: Sendable>(
    _ operation: @escaping @Sendable () async throws -> Success
  ) async throws -> Success {
    try await limiter.acquire(count)
    return try await operation()
  }
  /// That of the limiter.
  public func validate() throws(InvalidSetting) { try limiter.validate() }
}

/// A layer that limits how many calls run at a time, see ``Bulkhead``.
public struct Isolation: PolicyLayer {
  private let bulkhead: Bulkhead
  /// Takes a place of `bulkhead` for each call.
  public init(_ bulkhead: Bulkhead) { self.bulkhead = bulkhead }
  /// Runs the operation when there is a place for it.
  public func run<Success: Sendable>(
    _ operation: @escaping @Sendable () async throws -> Success
  ) async throws -> Success { try await bulkhead.execute(operation) }
  /// That of the bulkhead.
  public func validate() throws(InvalidSetting) { try bulkhead.validate() }
}

/// A layer that finds out how many calls a service can take, see ``AdaptiveLimiter``.
public struct AdaptiveLimit: PolicyLayer {
  private let limiter: AdaptiveLimiter
  /// Takes a place of `limiter` for each call.
  public init(_ limiter: AdaptiveLimiter) { self.limiter = limiter }
  /// Runs the operation when there is a place for it.
  public func run<Success: Sendable>(
    _ operation: @escaping @Sendable () async throws -> Success
  ) async throws -> Success { try await limiter.execute(operation) }
  /// That of the limiter.
  public func validate() throws(InvalidSetting) { try limiter.validate() }
}

/// A layer that starts a slow call again, see ``hedge(after:attempts:budget:_:)``.
public struct Hedge: PolicyLayer {
  private let delay: Duration
  private let attempts: Int
  private let budget: RetryBudget?
  /// Starts a further attempt, up to `attempts`, whenever none has succeeded after `delay`.
  public init(after delay: Duration, attempts: Int = 2, budget: RetryBudget? = nil) {
    self.delay = delay
    self.attempts = attempts
    self.budget = budget
  }
  /// Runs the operation, several times if need be.
  public func run<Success: Sendable>(
    _ operation: @escaping @Sendable () async throws -> Success
  ) async throws -> Success {
    try await hedge(after: delay, attempts: attempts, budget: budget, operation)
  }
  /// That of the delay, the number of attempts and the budget.
  public func validate() throws(InvalidSetting) {
    try checkHedge(delay, attempts)
    try budget?.validate()
  }
}
