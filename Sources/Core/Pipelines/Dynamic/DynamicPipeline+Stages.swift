import RevoadaChannels
import RevoadaResilience
import RevoadaScheduling

extension DynamicPipeline {
  /// Creates a pipeline without stages, whose elements come from a channel; see `Pipeline.init(from:name:errorBuffer:onUndelivered:)`.
  @inlinable
  public convenience init(
    _ source: Channel<Element>, name: String? = nil, errorBuffer: Int = 4096,
    onUndelivered: (@Sendable (UndeliveredElement) -> Void)? = nil
  ) {
    self.init(
      PipelineSource(source),
      PipelineSettings(name: name, errorBuffer: errorBuffer, onUndelivered: onUndelivered))
  }

  /// Creates a pipeline without stages, whose elements come from an asynchronous sequence.
  @inlinable
  public convenience init<S: AsyncSequence>(
    _ source: sending S, name: String? = nil, errorBuffer: Int = 4096,
    onUndelivered: (@Sendable (UndeliveredElement) -> Void)? = nil
  ) where S.Element == Element {
    self.init(
      PipelineSource(source),
      PipelineSettings(name: name, errorBuffer: errorBuffer, onUndelivered: onUndelivered))
  }

  /// Creates a pipeline without stages, whose elements are those of a sequence, which may be endless.
  @inlinable
  public convenience init<S: Sequence>(
    _ source: sending S, name: String? = nil, errorBuffer: Int = 4096,
    onUndelivered: (@Sendable (UndeliveredElement) -> Void)? = nil
  ) where S.Element == Element {
    self.init(
      PipelineSource(source),
      PipelineSettings(name: name, errorBuffer: errorBuffer, onUndelivered: onUndelivered))
  }

  /// Adds a stage behind the last one. Elements that are past its place already do not come back.
  ///
  /// The parameters are those of `Pipeline.stage(_:workers:ordered:buffer:retry:rateLimit:timeout:onError:_:)`.
  /// - Throws: ``StageChangeError``, `InvalidSetting`; the pipeline is as before then.
  @inlinable
  public func addStage(
    _ name: String, workers: Int = 1, ordered: Bool = false, buffer: Int = StageOptions.defaultBuffer,
    retry: RetryPolicy? = nil, rateLimit: RateLimiter? = nil, timeout: Duration? = nil,
    onError: StageErrorPolicy = .emit,
    _ body: nonisolated(nonsending) @escaping @Sendable (Element) async throws -> Element
  ) throws {
    let options = StageOptions(
      workers: workers, ordered: ordered, buffer: buffer, retry: retry, rateLimit: rateLimit,
      timeout: timeout, onError: onError)
    try addStage(name, options, body)
  }

  /// Adds a stage with options that were put together before.
  @inlinable
  public func addStage(
    _ name: String, _ options: StageOptions,
    _ body: nonisolated(nonsending) @escaping @Sendable (Element) async throws -> Element
  ) throws {
    try add(name, options, .suspending { .one(try await body($0)) })
  }

  /// Adds a stage whose body does not suspend; see `Pipeline.stage(_:workers:ordered:buffer:retry:rateLimit:timeout:onError:_:)`.
  @inlinable
  public func addStage(
    _ name: String, workers: Int = 1, ordered: Bool = false, buffer: Int = StageOptions.defaultBuffer,
    retry: RetryPolicy? = nil, rateLimit: RateLimiter? = nil, timeout: Duration? = nil,
    onError: StageErrorPolicy = .emit, _ body: @escaping @Sendable (Element) throws -> Element
  ) throws {
    let options = StageOptions(
      workers: workers, ordered: ordered, buffer: buffer, retry: retry, rateLimit: rateLimit,
      timeout: timeout, onError: onError)
    try addStage(name, options, body)
  }

  /// Adds a stage whose body does not suspend, with options that were put together before.
  @inlinable
  public func addStage(
    _ name: String, _ options: StageOptions, _ body: @escaping @Sendable (Element) throws -> Element
  ) throws {
    try add(name, options, .quick { .one(try body($0)) })
  }

  @inlinable
  func add(_ name: String, _ options: StageOptions, _ body: StageBody<Element, Element>) throws {
    try add(name, options) { parts in
      let stage = Stage<Element, Element>(
        parts.record, run: parts.run, input: parts.input,
        outlet: Outlet(.link(parts.link), stage: name, run: parts.run), body: body, onEnd: parts.onEnd)
      stage.start()
    }
  }
}
