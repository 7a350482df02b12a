import RevoadaResilience

/// The same stages for bodies that do not suspend. The compiler chooses: a closure without `await` is one. Such a stage
/// works, as long as it is quick (less than a microsecond an element), in batches of at most 16 elements and at most its
/// `buffer`, which makes it several times faster.
extension Pipeline {
  /// Adds a stage: each element becomes what `body` returns for it, without suspending.
  @inlinable
  public func stage<Next: Sendable>(
    _ name: String, workers: Int = 1, ordered: Bool = false, buffer: Int = StageOptions.defaultBuffer,
    retry: RetryPolicy? = nil, rateLimit: RateLimiter? = nil, timeout: Duration? = nil,
    onError: StageErrorPolicy = .emit, _ body: @escaping @Sendable (Output) throws -> Next
  ) -> Pipeline<Next> {
    let options = StageOptions(
      workers: workers, ordered: ordered, buffer: buffer, retry: retry, rateLimit: rateLimit,
      timeout: timeout, onError: onError)
    return stage(name, options, body)
  }

  /// Adds a stage with options that were put together before.
  @inlinable
  public func stage<Next: Sendable>(
    _ name: String, _ options: StageOptions, _ body: @escaping @Sendable (Output) throws -> Next
  ) -> Pipeline<Next> {
    adding(name, options, .quick { .one(try body($0)) })
  }

  /// Adds a stage that lets those elements pass for which `isIncluded` is true.
  @inlinable
  public func filter(
    _ name: String, _ options: StageOptions = StageOptions(),
    _ isIncluded: @escaping @Sendable (Output) throws -> Bool
  ) -> Pipeline<Output> {
    adding(name, options, .quick { try isIncluded($0) ? .one($0) : .none })
  }

  /// Adds a stage that leaves out the elements for which `body` returns nil.
  @inlinable
  public func compactMap<Next: Sendable>(
    _ name: String, _ options: StageOptions = StageOptions(),
    _ body: @escaping @Sendable (Output) throws -> Next?
  ) -> Pipeline<Next> {
    adding(name, options, .quick { StageOutput(optional: try body($0)) })
  }

  /// Adds a stage that makes any number of elements of each.
  @inlinable
  public func flatMap<Next: Sendable>(
    _ name: String, _ options: StageOptions = StageOptions(),
    _ body: @escaping @Sendable (Output) throws -> [Next]
  ) -> Pipeline<Next> {
    adding(name, options, .quick { StageOutput(all: try body($0)) })
  }
}
