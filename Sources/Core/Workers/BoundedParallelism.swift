import RevoadaResilience
import RevoadaScheduling

/// Runs closures, at most so many at once.
///
/// ```swift
/// let bounded = BoundedParallelism(maxParallel: 10, queueSize: 100)
/// for page in pages { try await bounded.submit { try await fetch(page) } }
/// try await bounded.waitAll()
/// ```
///
/// A ``WorkerPool`` whose inputs are closures, each with a result type of its own.
public final class BoundedParallelism: Sendable {
  private let core: PoolCore

  /// Creates a pool of closures.
  /// - Parameters:
  ///   - maxParallel: how many closures run at once.
  ///   - queueSize: how many wait before a submit suspends; nil for any number.
  ///   - name: for errors, logs and metrics.
  public convenience init(maxParallel: Int, queueSize: Int? = 100, name: String = "bounded") {
    var options = PoolOptions()
    options.workers = maxParallel
    options.queue = queueSize
    self.init(name: name, options: options)
  }

  /// Creates a pool of closures with all options.
  public init(name: String, options: PoolOptions) {
    core = PoolCore(name: name, kind: "bounded_parallelism", options: options) { task in
      await (task as? any ClosureTask)?.run()
    }
  }

  deinit { core.close() }

  /// What the pool is doing, and has done.
  public var stats: PoolStats { core.statistics }

  /// Gives the pool a closure. Suspends while the queue is full.
  /// - Parameters:
  ///   - key: whose closure it is; keys take turns.
  ///   - timeout: how long to wait for room in the queue; nil for ever.
  ///   - body: what to run.
  /// - Returns: where the result is awaited.
  /// - Throws: as ``WorkerPool/submit(_:key:timeout:)``.
  @discardableResult
  nonisolated(nonsending)
    public func submit<Output: Sendable>(
      key: (any Hashable & Sendable)? = nil, timeout: Duration? = nil,
      _ body: @escaping @Sendable () async throws -> Output
    ) async throws -> PoolTask<Output>
  {
    let task = ClosureJob(body, core: core)
    try await core.submit(task, key: PoolKey(key), timeout: timeout)
    return task
  }

  /// Gives the pool a closure, if it can be taken at once.
  /// - Throws: as ``WorkerPool/trySubmit(_:key:)``.
  @discardableResult
  public func trySubmit<Output: Sendable>(
    key: (any Hashable & Sendable)? = nil, _ body: @escaping @Sendable () async throws -> Output
  ) throws -> PoolTask<Output> {
    let task = ClosureJob(body, core: core)
    try core.trySubmit(task, key: PoolKey(key))
    return task
  }

  /// Suspends until every closure has run; more may be submitted afterwards.
  /// - Throws: `CancellationError`.
  nonisolated(nonsending)
    public func waitAll() async throws
  { try await core.wait() }

  /// Takes no more closures and suspends until every one has run; as ``WorkerPool/close()``.
  nonisolated(nonsending)
    public func close() async
  {
    core.close()
    try? await core.wait()
  }

  /// Takes no more closures, drops those that are queued and cancels those that run; as ``WorkerPool/shutdownNow()``.
  /// - Returns: how many were dropped.
  @discardableResult
  public func shutdownNow() -> Int { core.shutdown().count }

  /// Changes how many closures run at once.
  /// - Throws: `InvalidSetting` if none could run.
  public func resize(maxParallel: Int) throws(InvalidSetting) { try core.resize(to: maxParallel) }
}

/// A closure on its way through a pool, whatever its result.
private protocol ClosureTask: AnyPoolTask {
  func run() async -> (any Error)?
}

private final class ClosureJob<Output: Sendable>: PoolTask<Output>, ClosureTask, @unchecked Sendable {
  private let body: @Sendable () async throws -> Output

  init(_ body: @escaping @Sendable () async throws -> Output, core: PoolCore) {
    self.body = body
    super.init(core: core, isStreamed: false)
  }

  func run() async -> (any Error)? {
    do {
      outcome = .success(try await body())
      return nil
    } catch {
      outcome = .failure(error)
      return error
    }
  }
}
