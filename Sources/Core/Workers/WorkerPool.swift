import RevoadaChannels
import RevoadaResilience
import RevoadaScheduling

/// A fixed number of workers that run one function over what they are given.
///
/// ```swift
/// let pool = WorkerPool<Int, Int>(name: "double", workers: 4, queue: 100) { $0 * 2 }
/// let doubled = try await pool.submit(21).value
/// await pool.close()
/// ```
///
/// Workers are goroutines that live as long as the pool; they start when there is work for them. A task that fails fails alone: its
/// worker goes on. A task that has a key takes turns with those of other keys, so that one that submits a great deal
/// does not delay the others, and ``PoolOptions/keyLimit`` bounds how many of one key run at once.
///
/// A full queue suspends ``submit(_:key:timeout:)``. Suspended submits take part in the turns of their keys like queued tasks.
/// A queue of 0 takes a task only when a worker is free for it; a queue of nil is unbounded.
///
/// The submitter's task-local values, and with them logger metadata and trace context, travel with each task. A task whose submitter has
/// any costs a goroutine (about 1 µs); others cost a few hundred nanoseconds, and inputs that are sent to the results without a key some 100.
///
/// A pool that is released is closed by that: what it has taken still runs.
///
/// Options that make no sense (no workers, a negative queue) make every submit throw `InvalidSetting`.
public class WorkerPool<Input: Sendable, Output: Sendable>: @unchecked Sendable {  // nothing in it changes
  @usableFromInline final let core: PoolCore
  @usableFromInline final let inputs: InputRing<Input>
  /// The outcomes of what was given to ``send(_:key:)``, in the order in which the tasks end. Ends when the pool is closed and has
  /// finished.
  ///
  /// Read it to its end: an outcome that nobody receives holds a worker once ``PoolOptions/results`` others wait.
  public final let results: Channel<Outcome<Input, Output>>

  /// Creates a pool.
  ///
  /// - Parameters:
  ///   - name: for errors, logs and metrics.
  ///   - workers: how many tasks run at once; by default the number of cores.
  ///   - queue: how many tasks wait before a submit suspends; nil for any number.
  ///   - work: what is done with each input. It may throw; cancelling a task, and the time limit, cancel it.
  @inlinable
  public convenience init(
    name: String, workers: Int = Scheduler.availableCores, queue: Int? = 100,
    _ work: nonisolated(nonsending) @escaping @Sendable (Input) async throws -> Output
  ) {
    var options = PoolOptions()
    options.workers = workers
    options.queue = queue
    self.init(name: name, options: options, work)
  }

  /// Creates a pool with all options.
  @inlinable
  public convenience init(
    name: String, options: PoolOptions,
    _ work: nonisolated(nonsending) @escaping @Sendable (Input) async throws -> Output
  ) {
    self.init(name: name, kind: "worker_pool", options: options, .suspending(work))
  }

  /// Creates a pool whose work does not suspend. The compiler chooses: a closure without `await` is one.
  ///
  /// As long as it is quick (less than a microsecond), a worker takes up to 16 inputs at a time that were given to ``send(_:key:)``, which
  /// makes it several times faster.
  @inlinable
  public convenience init(
    name: String, workers: Int = Scheduler.availableCores, queue: Int? = 100,
    _ work: @escaping @Sendable (Input) throws -> Output
  ) {
    var options = PoolOptions()
    options.workers = workers
    options.queue = queue
    self.init(name: name, options: options, work)
  }

  /// The same, with all options.
  @inlinable
  public convenience init(
    name: String, options: PoolOptions, _ work: @escaping @Sendable (Input) throws -> Output
  ) {
    self.init(name: name, kind: "worker_pool", options: options, .quick(work))
  }

  // Inlinable, so that the closures are compiled for the types of the pool.
  @inlinable
  init(
    name: String, kind: String, options: PoolOptions, order: PoolOrder = .arrival, scaling: Scaling? = nil,
    _ body: PoolBody<Input, Output>
  ) {
    // Within what is allowed, even where the options are not and nothing will ever run.
    let results = Channel<Outcome<Input, Output>>(
      capacity: min(max(0, options.results), PoolOptions.mostResults))
    self.results = results
    let inputs = InputRing<Input>()
    self.inputs = inputs
    let work = body.suspending
    let inputWork = InputWork(inputs, results, body)
    core = PoolCore(
      name: name, kind: kind, options: options, order: order, scaling: scaling,
      run: { task in
        let job = unsafeDowncast(task, to: PoolJob<Input, Output>.self)
        do {
          job.outcome = .success(try await work(job.input))
          return nil
        } catch {
          job.outcome = .failure(error)
          return error
        }
      },
      deliver: { task, duration in
        let job = unsafeDowncast(task, to: PoolJob<Input, Output>.self)
        let outcome = Outcome(
          id: job.id, input: job.input, result: job.outcome.unsafelyUnwrapped, attempts: 1, duration: duration
        )
        _ = await results.offer(outcome)
      },
      inputs: InputLine(
        work: { core, worker in await inputWork(core, worker) },
        makeTasks: { count, core in
          (0..<count).map { _ in PoolJob<Input, Output>(inputs.popFirst(), core: core, isStreamed: true) }
        }),
      onEnd: { results.close() })
  }

  deinit { core.close() }

  /// The pool's name.
  public final var name: String { core.name }
  /// What the pool is doing, and has done.
  public final var stats: PoolStats { core.statistics }

  // MARK: Submitting

  /// Gives the pool a task. Suspends while the queue is full.
  ///
  /// - Parameters:
  ///   - input: what the pool's function is called with.
  ///   - key: whose task it is; keys take turns. nil: it belongs to all those without a key.
  ///   - timeout: how long to wait for room in the queue; nil for ever.
  /// - Returns: where the result is awaited.
  /// - Throws: ``PoolError/closed(pool:)``; ``PoolError/submitTimedOut(pool:limit:)``; `InvalidSetting`;
  ///   `CancellationError` if the calling task is cancelled while it waits. The task then does not run.
  @inlinable
  @discardableResult
  nonisolated(nonsending)
    public final func submit(_ input: Input, key: (any Hashable & Sendable)? = nil, timeout: Duration? = nil)
    async throws -> PoolTask<Output>
  {
    let job = PoolJob<Input, Output>(input, core: core, isStreamed: false)
    try await core.submit(job, key: PoolKey(key), timeout: timeout)
    return job
  }

  /// Gives the pool a task, if it can be taken at once.
  /// - Throws: ``PoolError/full(pool:)``; ``PoolError/closed(pool:)``; `InvalidSetting`.
  @inlinable
  @discardableResult
  public final func trySubmit(_ input: Input, key: (any Hashable & Sendable)? = nil) throws -> PoolTask<
    Output
  > {
    let job = PoolJob<Input, Output>(input, core: core, isStreamed: false)
    try core.trySubmit(job, key: PoolKey(key))
    return job
  }

  /// Gives the pool a task whose outcome goes to ``results``. Suspends while the queue is full.
  ///
  /// ```swift
  /// spawn {
  ///   for number in 1...1000 { try await pool.send(number) }
  ///   await pool.close()
  /// }
  /// for try await outcome in pool.results { print(outcome.input, outcome.result) }
  /// ```
  ///
  /// - Throws: as ``submit(_:key:timeout:)``.
  @inlinable
  nonisolated(nonsending)
    public final func send(_ input: Input, key: (any Hashable & Sendable)? = nil) async throws
  {
    if key == nil, core.beginSend() {
      inputs.append(input)
      return core.endSend()
    }
    let job = PoolJob<Input, Output>(input, core: core, isStreamed: true)
    try await core.submit(job, key: PoolKey(key))
  }

  // MARK: Ending

  /// Suspends until nothing runs and nothing is queued; the pool stays open.
  /// - Throws: `CancellationError`.
  nonisolated(nonsending)
    public final func wait() async throws
  { try await core.wait() }

  /// Closes the pool: later submits, and those that wait for room, throw ``PoolError/closed(pool:)``. Suspends until everything that
  /// is queued has run.
  ///
  /// Where the calling task is cancelled, `close` returns earlier; the pool is closed and finishes its queue even so. Closing twice is
  /// harmless.
  nonisolated(nonsending)
    public final func close() async
  {
    core.close()
    try? await core.wait()
  }

  /// Closes the pool without finishing its queue: queued tasks fail with ``PoolError/shutDown(pool:)``, running ones are cancelled.
  ///
  /// Does not wait for those that run; ``wait()`` does. Outcomes of tasks that had run are still delivered to ``results``.
  /// - Returns: the inputs of the queued tasks, those of one key in their order.
  @discardableResult
  public final func shutdownNow() -> [Input] {
    core.shutdown().map { unsafeDowncast($0, to: PoolJob<Input, Output>.self).input }
  }

  /// Changes how many tasks run at once. Running tasks are not disturbed: a pool that shrinks does so as they end.
  /// - Throws: `InvalidSetting` if there would be no workers.
  public final func resize(workers: Int) throws(InvalidSetting) { try core.resize(to: workers) }
}
