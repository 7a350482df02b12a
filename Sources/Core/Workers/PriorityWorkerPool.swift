import RevoadaScheduling

/// A pool of workers that takes the most urgent task first.
///
/// ```swift
/// let pool = PriorityWorkerPool<String, Void>(name: "mails", workers: 2) { print($0) }
/// try await pool.submit("newsletter")
/// try await pool.submit("password reset", priority: 10)
/// ```
///
/// Tasks of equal priority run in the order of their arrival. A task that waits ages: each `ageing` that it has waited counts as one
/// step of priority, so that the lowest ones run at last. Of tasks that are submitted within the same second the more urgent one
/// always runs first.
///
/// With keys, the keys take turns, and priorities order the tasks of one key. Otherwise as ``WorkerPool``; the queue is unbounded
/// unless it is given a length.
public final class PriorityWorkerPool<Input: Sendable, Output: Sendable>: WorkerPool<Input, Output>,
  @unchecked Sendable
{
  /// Creates a pool.
  ///
  /// - Parameters:
  ///   - name: for errors, logs and metrics.
  ///   - workers: how many tasks run at once; by default the number of cores.
  ///   - queue: how many tasks wait before a submit suspends; nil, the default, for any number.
  ///   - ageing: how long a task waits for one step of priority; at least one second. nil: tasks do not age.
  ///   - work: what is done with each input.
  @inlinable
  public convenience init(
    name: String, workers: Int = Scheduler.availableCores, queue: Int? = nil, ageing: Duration? = .seconds(1),
    _ work: nonisolated(nonsending) @escaping @Sendable (Input) async throws -> Output
  ) {
    var options = PoolOptions()
    options.workers = workers
    options.queue = queue
    self.init(name: name, options: options, ageing: ageing, work)
  }

  /// Creates a pool with all options.
  @inlinable
  public init(
    name: String, options: PoolOptions, ageing: Duration? = .seconds(1),
    _ work: nonisolated(nonsending) @escaping @Sendable (Input) async throws -> Output
  ) {
    super.init(
      name: name, kind: "priority_worker_pool", options: options, order: .priority(ageing: ageing),
      .suspending(work))
  }

  /// Gives the pool a task of a priority; higher ones run first, 0 is the usual one. Otherwise as
  /// ``WorkerPool/submit(_:key:timeout:)``.
  @inlinable
  @discardableResult
  nonisolated(nonsending)
    public func submit(
      _ input: Input, priority: Int, key: (any Hashable & Sendable)? = nil, timeout: Duration? = nil
    ) async throws -> PoolTask<Output>
  {
    let job = PoolJob<Input, Output>(input, core: core, isStreamed: false)
    try await core.submit(job, key: PoolKey(key), priority: priority, timeout: timeout)
    return job
  }

  /// Gives the pool a task of a priority, if it can be taken at once. Otherwise as ``WorkerPool/trySubmit(_:key:)``.
  @inlinable
  @discardableResult
  public func trySubmit(_ input: Input, priority: Int, key: (any Hashable & Sendable)? = nil) throws
    -> PoolTask<Output>
  {
    let job = PoolJob<Input, Output>(input, core: core, isStreamed: false)
    try core.trySubmit(job, key: PoolKey(key), priority: priority)
    return job
  }
}
