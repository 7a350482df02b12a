import RevoadaScheduling

/// A pool of workers that grows under load and shrinks when it is idle.
///
/// ```swift
/// let pool = AdaptiveWorkerPool<URL, Page>(name: "crawl", minWorkers: 2, maxWorkers: 20) { url in
///   try await fetch(url)
/// }
/// ```
///
/// It starts with the fewest workers. At intervals, while there is work, it looks how long tasks waited and how busy the workers were.
/// It grows, by half, when tasks wait `maxWait` or longer *and* the workers are busy: a long queue of brief tasks, or
/// tasks that wait for their key, need no more workers. It shrinks, by half of what is above the minimum, when the workers were idle for three
/// looks in a row. In between nothing changes.
///
/// Otherwise as ``WorkerPool``; the queue is unbounded unless it is given a length. `stats.workers` is the present number;
/// ``WorkerPool/resize(workers:)`` sets it until the next look.
public final class AdaptiveWorkerPool<Input: Sendable, Output: Sendable>: WorkerPool<Input, Output>,
  @unchecked Sendable
{
  /// Creates a pool.
  ///
  /// - Parameters:
  ///   - name: for errors, logs and metrics.
  ///   - minWorkers: the fewest workers; it starts with them.
  ///   - maxWorkers: the most workers.
  ///   - scaleUp: the share of their time, from 0 to 1, that workers must be busy for the pool to grow.
  ///   - scaleDown: the share of their time that workers may be busy for it to shrink.
  ///   - checkInterval: how often it looks.
  ///   - maxWait: how long tasks may wait before it grows; by default the interval, but at most 100 ms.
  ///   - options: everything else; its number of workers does not count.
  ///   - work: what is done with each input.
  @inlinable
  public init(
    name: String, minWorkers: Int, maxWorkers: Int, scaleUp: Double = 0.8, scaleDown: Double = 0.2,
    checkInterval: Duration = .seconds(1), maxWait: Duration? = nil, options: PoolOptions = .unboundedQueue,
    _ work: nonisolated(nonsending) @escaping @Sendable (Input) async throws -> Output
  ) {
    let scaling = Scaling(
      minimum: minWorkers, maximum: maxWorkers, scaleUp: scaleUp, scaleDown: scaleDown,
      interval: checkInterval,
      maxWait: maxWait)
    super.init(
      name: name, kind: "adaptive_worker_pool", options: options, scaling: scaling, .suspending(work))
  }
}

extension PoolOptions {
  /// The usual options, but any number of tasks may wait.
  public static var unboundedQueue: PoolOptions {
    var options = PoolOptions()
    options.queue = nil
    return options
  }
}
