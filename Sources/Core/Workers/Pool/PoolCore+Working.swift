import CRevoada
import RevoadaScheduling

/// What a worker does: one task after the other.
extension PoolCore {
  func startWorker(with task: AnyPoolTask) {
    let worker = room.withLock { task.worker.unsafelyUnwrapped }
    let goroutine = spawnDetached(name: "\(name)-\(worker.index)") { [self] in await work(worker, task) }
    let cancelNow = room.withLock {
      worker.goroutine = goroutine
      return worker.isCancelled
    }
    if cancelNow { goroutine.cancel() }
  }

  nonisolated(nonsending)
    private func work(_ worker: PoolWorker, _ first: AnyPoolTask) async
  {
    let timers = Timers.current
    var task = first
    var began = timers.now
    var turns = 0
    while true {
      reporter.started(task)
      let error = await execute(task, timers)
      let ended = timers.now
      let duration = ended - began
      if task.isStreamed, beginDelivery(of: task, by: worker) {
        // This goroutine is cancelled, and could not wait for the reader of the results.
        let task = task
        spawnDetached(name: "\(name)-delivery") { [self] in
          await deliver(task, .nanoseconds(duration))
          _ = finish(task, worker, duration: duration, at: timers.now, error)
        }
        return
      }
      if task.isStreamed { await deliver(task, .nanoseconds(duration)) }
      switch finish(task, worker, duration: duration, at: task.isStreamed ? timers.now : ended, error) {
      case .run(let next, let start):
        task = next
        began = start
        // Swift jobs are not pre-empted: a long queue must not keep the thread from everybody else.
        turns += 1
        if turns % 256 == 0 { await Task.yield() }
      case .look:
        guard let next = await park(worker, at: ended) else { return }
        task = next
        began = timers.now
      case .retire: return
      }
    }
  }

  nonisolated(nonsending)
    private func execute(_ task: AnyPoolTask, _ timers: Timers) async -> (any Error)?
  {
    if timeout == nil, task.carrier == nil { return await run(task) }
    let timer = timeout.map { limit in
      timers.schedule(after: limit) { [self] in cancel(task, .timedOut) }
    }
    defer { if let timer { timers.cancel(timer) } }
    guard let carrier = task.carrier else { return await run(task) }
    carrier.gate.complete()
    return switch await carrier.goroutine.unsafelyUnwrapped.result {
    case .success(let error): error
    case .failure(let error): error
    }
  }

  /// From now on the task is not cancelled any more. True if it has been, and its worker with it.
  private func beginDelivery(of task: AnyPoolTask, by worker: PoolWorker) -> Bool {
    room.withLock {
      task.phase = .delivering
      return worker.isCancelled
    }
  }

  private enum Next {
    case run(AnyPoolTask, start: Int64)
    /// Nothing to do, it seems: look again and then wait.
    case look
    case retire
  }

  private func finish(
    _ task: AnyPoolTask, _ worker: PoolWorker, duration: Int64, at now: Int64, _ error: (any Error)?
  ) -> Next {
    var actions = Actions()
    crv_lock_acquire(room.lock)
    state.finish(task, at: now, duration: duration, hasFailed: error != nil)
    let (count, failed) = (state.perWorker[worker.index], state.failed)
    let next: Next
    if worker.isCancelled || state.busy > state.workers {
      state.busy -= 1
      state.remove(worker)
      dispatch(at: now, &actions)
      next = .retire
    } else if let task = takeNext(at: now, &actions) {
      worker.take(task)
      next = .run(task, start: now)
    } else {
      next = .look
    }
    admitWaiting(&actions)
    noteIdle(&actions)
    crv_lock_release(room.lock)
    // The handle first: who waits for the pool may then look at its tasks.
    task.completion.complete()
    perform(actions)
    reporter.finished(
      task, worker: worker.index, count: count, failed: failed, duration: duration, error, self)
    return next
  }

  /// Waits for a task; nil when there will be none for this worker.
  nonisolated(nonsending)
    private func park(_ worker: PoolWorker, at now: Int64) async -> AnyPoolTask?
  {
    var actions = Actions()
    crv_lock_acquire(room.lock)
    if state.busy <= state.workers, let task = takeNext(at: now, &actions) {
      worker.take(task)
      crv_lock_release(room.lock)
      perform(actions)
      return task
    }
    state.busy -= 1
    if state.alive > state.workers || (state.isClosed && state.isIdle) {
      state.remove(worker)
      crv_lock_release(room.lock)
      return nil
    }
    let node = WaitNode.take()
    node.pointee.amount = worker.index
    await node.park(in: parked, lock: room.lock)
    defer { node.recycle() }
    if node.pointee.outcome != .granted { return nil }
    return node.slot(for: Unmanaged<AnyPoolTask>.self).pointee.takeRetainedValue()
  }
}
