import CRevoada
import RevoadaScheduling

/// What a worker does: one task after the other.
extension PoolCore {
  func start(_ worker: PoolWorker) {
    let goroutine = spawnDetached(name: "\(name)-\(worker.index)") { [self] in await work(worker) }
    let cancelNow = room.withLock {
      worker.goroutine = goroutine
      return worker.isCancelled
    }
    if cancelNow { goroutine.cancel() }
  }

  /// What a worker does next.
  @usableFromInline
  enum Next {
    case run(AnyPoolTask, start: Int64)
    /// Work on inputs that have no tasks.
    case inputs
    /// Nothing to do, it seems: look again and then wait.
    case look
    case retire
  }

  nonisolated(nonsending)
    private func work(_ worker: PoolWorker) async
  {
    let timers = Timers.current
    // Before it was started or woken, it was given a task, or called to look for something to do.
    var next = worker.task.map { Next.run($0, start: timers.now) } ?? .look
    while true {
      // Nothing of a retired worker is touched: its last inputs may be delivered by another goroutine, which uses it.
      if case .retire = next { return }
      // Swift jobs are not pre-empted: a long queue must not keep the thread from everybody else.
      if worker.turns >= Self.mostTurns {
        worker.turns = 0
        await Task.yield()
      }
      switch next {
      case .run(let task, let start):
        next = await run(task, worker, since: start, timers)
        worker.turns += 1
      case .inputs: next = await inputs.unsafelyUnwrapped.work(self, worker)
      case .look: next = await look(worker, timers)
      case .retire: break
      }
    }
  }

  static let mostTurns = 256

  /// Runs a task to its end.
  nonisolated(nonsending)
    private func run(_ task: AnyPoolTask, _ worker: PoolWorker, since start: Int64, _ timers: Timers) async
    -> Next
  {
    reporter.started(task)
    let error =
      timeout == nil && task.carrier == nil ? await run(task) : await runGuarded(task, timers)
    var now = timers.now
    let duration = now - start
    if task.isStreamed {
      if beginDelivery(of: task, by: worker) {
        // This goroutine is cancelled, and could not wait for the reader of the results.
        spawnDetached(name: "\(name)-delivery") { [self] in
          await deliver(task, .nanoseconds(duration))
          _ = finish(task, worker, duration: duration, at: timers.now, error)
        }
        return .retire
      }
      await deliver(task, .nanoseconds(duration))
      now = timers.now
    }
    return finish(task, worker, duration: duration, at: now, error)
  }

  /// Runs a task that has a limit of time, or its submitter's task-local values.
  nonisolated(nonsending)
    private func runGuarded(_ task: AnyPoolTask, _ timers: Timers) async -> (any Error)?
  {
    let timer = timeout.map { limit in
      timers.schedule(after: limit) { [self] in cancel(task, .timedOut) }
    }
    defer { if let timer { timers.cancel(timer) } }
    let error = await runInContext(task)
    guard error != nil, let limit = options.timeout, room.withLock({ task.cancellation }) == .timedOut else {
      return error
    }
    let timedOut = TimedOut(limit: limit)
    task.fail(timedOut)
    return timedOut
  }

  nonisolated(nonsending)
    private func runInContext(_ task: AnyPoolTask) async -> (any Error)?
  {
    guard let carrier = task.carrier else { return await run(task) }
    carrier.gate.complete()
    return switch await carrier.goroutine.unsafelyUnwrapped.result {
    case .success(let error): error
    case .failure(let error): error
    }
  }

  /// From now on the task, or the inputs without one, are not cancelled any more. True if they have been, and the worker with them.
  @usableFromInline
  func beginDelivery(of task: AnyPoolTask?, by worker: PoolWorker) -> Bool {
    room.withLock {
      task?.phase = .delivering
      worker.hasInputs = false
      return worker.isCancelled
    }
  }

  private func finish(
    _ task: AnyPoolTask, _ worker: PoolWorker, duration: Int64, at now: Int64, _ error: (any Error)?
  ) -> Next {
    var actions = Actions()
    crv_lock_acquire(room.lock)
    state.finish(task, at: now, duration: duration, hasFailed: error != nil)
    let (count, failed) = (state.perWorker[worker.index], state.failed)
    let next = decide(for: worker, at: now, &actions)
    admitWaiting(&actions)
    noteIdle(&actions)
    crv_lock_release(room.lock)
    // The handle first: who waits for the pool may then look at its tasks.
    task.completion.complete()
    perform(actions)
    report(error, of: task.id, by: worker, count: count, failed: failed, duration: duration)
    return next
  }

  /// Tells about a task that has ended, if there is anything to tell.
  func report(
    _ error: (any Error)?, of id: UInt64, by worker: PoolWorker, count: Int, failed: Int, duration: Int64
  ) {
    if error == nil, !reporter.isMeasuring, count < worker.nextMark { return }
    worker.nextMark = reporter.nextMark(after: count)
    reporter.finished(
      id, worker: worker.index, count: count, failed: failed, duration: duration, error, self)
  }

  /// With the lock held: what a worker does that has nothing any more.
  func decide(for worker: PoolWorker, at now: Int64, _ actions: inout Actions) -> Next {
    if worker.isCancelled || state.busy > state.workers {
      retire(worker, at: now, &actions)
      return .retire
    }
    switch takeNext(at: now, &actions) {
    case .task(let task):
      worker.take(task)
      return .run(task, start: now)
    case .inputs: return .inputs
    case nil: return .look
    }
  }

  /// With the lock held: a worker that was called is there.
  func arrive(_ worker: PoolWorker) {
    if !worker.isCalled { return }
    worker.isCalled = false
    state.isCalling = false
  }

  private func retire(_ worker: PoolWorker, at now: Int64, _ actions: inout Actions) {
    state.busy -= 1
    state.remove(worker)
    dispatch(at: now, &actions)
  }

  /// Looks for something to do, and waits for it.
  nonisolated(nonsending)
    private func look(_ worker: PoolWorker, _ timers: Timers) async -> Next
  {
    var actions = Actions()
    let now = isClocked ? timers.now : 0
    crv_lock_acquire(room.lock)
    var next = decide(for: worker, at: now, &actions)
    if case .inputs = next {
      // It is still called, until it has taken some.
      crv_lock_release(room.lock)
      perform(actions)
      return next
    }
    arrive(worker)
    if case .look = next, state.alive > state.workers || (state.isClosed && state.isIdle) {
      retire(worker, at: now, &actions)
      next = .retire
    }
    guard case .look = next else {
      // What is left is for others.
      dispatch(at: now, &actions)
      crv_lock_release(room.lock)
      perform(actions)
      if case .run(let task, _) = next { return .run(task, start: timers.now) }
      return next
    }
    state.busy -= 1
    let node = WaitNode.take()
    node.pointee.amount = worker.index
    await node.park(in: parked, lock: room.lock)
    let isWanted = node.pointee.outcome == .granted
    node.recycle()
    if !isWanted { return .retire }
    return worker.task.map { .run($0, start: timers.now) } ?? .look
  }
}
