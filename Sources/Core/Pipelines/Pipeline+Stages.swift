import RevoadaChannels
import RevoadaResilience

extension Pipeline {
  /// Adds a stage: each element becomes what `body` returns for it.
  ///
  /// - Parameters:
  ///   - name: different from those of the other stages; errors and metrics carry it.
  ///   - workers: see ``StageOptions/workers``.
  ///   - ordered: see ``StageOptions/ordered``.
  ///   - buffer: see ``StageOptions/buffer``.
  ///   - retry: see ``StageOptions/retry``.
  ///   - rateLimit: see ``StageOptions/rateLimit``.
  ///   - timeout: see ``StageOptions/timeout``.
  ///   - onError: see ``StageOptions/onError``.
  ///   - body: called by the workers; what it throws is a failure of the stage, `CancellationError` too.
  /// - Returns: the longer pipeline. Wrong options are told to whoever reads its results, see ``validate()``.
  @inlinable
  public func stage<Next: Sendable>(
    _ name: String, workers: Int = 1, ordered: Bool = false, buffer: Int = StageOptions.defaultBuffer,
    retry: RetryPolicy? = nil, rateLimit: RateLimiter? = nil, timeout: Duration? = nil,
    onError: StageErrorPolicy = .emit,
    _ body: nonisolated(nonsending) @escaping @Sendable (Output) async throws -> Next
  ) -> Pipeline<Next> {
    let options = StageOptions(
      workers: workers, ordered: ordered, buffer: buffer, retry: retry, rateLimit: rateLimit,
      timeout: timeout, onError: onError)
    return stage(name, options, body)
  }

  /// Adds a stage with options that were put together before.
  @inlinable
  public func stage<Next: Sendable>(
    _ name: String, _ options: StageOptions,
    _ body: nonisolated(nonsending) @escaping @Sendable (Output) async throws -> Next
  ) -> Pipeline<Next> {
    adding(name, options, .suspending { .one(try await body($0)) })
  }

  /// Adds a stage that lets those elements pass for which `isIncluded` is true.
  @inlinable
  public func filter(
    _ name: String, _ options: StageOptions = StageOptions(),
    _ isIncluded: nonisolated(nonsending) @escaping @Sendable (Output) async throws -> Bool
  ) -> Pipeline<Output> {
    adding(name, options, .suspending { try await isIncluded($0) ? .one($0) : .none })
  }

  /// Adds a stage that leaves out the elements for which `body` returns nil.
  @inlinable
  public func compactMap<Next: Sendable>(
    _ name: String, _ options: StageOptions = StageOptions(),
    _ body: nonisolated(nonsending) @escaping @Sendable (Output) async throws -> Next?
  ) -> Pipeline<Next> {
    adding(name, options, .suspending { StageOutput(optional: try await body($0)) })
  }

  /// Adds a stage that makes any number of elements of each.
  @inlinable
  public func flatMap<Next: Sendable>(
    _ name: String, _ options: StageOptions = StageOptions(),
    _ body: nonisolated(nonsending) @escaping @Sendable (Output) async throws -> [Next]
  ) -> Pipeline<Next> {
    adding(name, options, .suspending { StageOutput(all: try await body($0)) })
  }

  @inlinable
  func adding<Next: Sendable>(
    _ name: String, _ options: StageOptions,
    _ body: StageBody<Output, Next>
  ) -> Pipeline<Next> {
    let feed = feed
    let start: @Sendable (PipelineRun, Channel<Next>) -> Void = { run, output in
      let input = feed.open(run, for: name)
      let stage = Stage(
        run.makeRecord(name, options), run: run, input: input,
        outlet: Outlet(.channel(output), stage: name, run: run), body: body, onEnd: { output.close() })
      stage.start()
    }
    return Pipeline<Next>(
      .stage(buffer: options.buffer, start: start), stages + [StageDescription(name, options)], settings)
  }
}
