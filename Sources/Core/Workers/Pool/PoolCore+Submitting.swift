import CRevoada
import RevoadaScheduling

/// How tasks come into a pool, and what they bring along.
extension PoolCore {
  /// Hands a task to the pool; suspends while the queue is full.
  /// - Parameter timeout: how long it may wait; zero: not at all. nil: for ever.
  @usableFromInline
  nonisolated(nonsending)
    func submit(_ task: AnyPoolTask, key: PoolKey?, priority: Int = 0, timeout: Duration? = nil) async throws
  {
    try prepare(task)
    let now = now
    crv_lock_acquire(room.lock)
    if try take(task, key, priority, now) { return }
    if let timeout, timeout <= .zero {
      crv_lock_release(room.lock)
      refuseCarrier(of: task)
      throw PoolError.submitTimedOut(pool: name, limit: timeout)
    }
    let node = WaitNode.take()
    node.slot(for: Unmanaged<AnyPoolTask>.self).initialize(to: .passUnretained(task))
    task.submitter = node
    task.submittedAt = now
    // It competes from now on: what fills the queue must not keep another key, or a higher priority, from its turn.
    state.queue.push(task, key: key?.value, priority: priority, at: now)
    let timer = timeout.map { limit in
      (
        Timers.current,
        Timers.current.schedule(after: limit.nanoseconds) { [self] in giveUp(task, after: limit) }
      )
    }
    await node.park(in: room.queue, lock: room.lock)
    if let (timers, entry) = timer { timers.cancel(entry) }
    try conclude(task, node)
  }

  /// The end of a suspended submit.
  private func conclude(_ task: AnyPoolTask, _ node: Waiter) throws {
    let outcome = node.pointee.outcome
    if outcome == .granted { return node.recycle() }
    let refusal = locked { _ in
      // Before the node is recycled, so that a worker that comes across the task never follows a stale pointer.
      task.submitter = nil
      if task.phase == .waiting { state.withdraw(task) }
      return task.refusal
    }
    node.recycle()
    refuseCarrier(of: task)
    throw outcome == .cancelled ? CancellationError() : refusal ?? PoolError.closed(pool: name)
  }

  /// Hands a task to the pool, if it can be taken at once.
  @usableFromInline
  func trySubmit(_ task: AnyPoolTask, key: PoolKey?, priority: Int = 0) throws {
    try prepare(task)
    let now = now
    crv_lock_acquire(room.lock)
    if try take(task, key, priority, now) { return }
    crv_lock_release(room.lock)
    refuseCarrier(of: task)
    throw PoolError.full(pool: name)
  }

  private func prepare(_ task: AnyPoolTask) throws {
    if let misconfiguration { throw misconfiguration }
    if TaskLocals.areBound { task.carrier = makeCarrier(for: task) }
  }

  /// Takes a task if there is room or a worker is free for it, and releases the lock. False, with the lock still held, if
  /// there is none.
  private func take(_ task: AnyPoolTask, _ key: PoolKey?, _ priority: Int, _ now: Int64) throws -> Bool {
    if state.isClosed {
      crv_lock_release(room.lock)
      refuseCarrier(of: task)
      throw PoolError.closed(pool: name)
    }
    guard state.hasRoom || state.canStart(key) else { return false }
    task.submittedAt = now
    state.queue.push(task, key: key?.value, priority: priority, at: now)
    state.accept(task)
    var actions = Actions()
    dispatch(at: now, &actions)
    if scaling != nil, !state.isWatched {
      state.isWatched = true
      actions.startsWatch = true
    }
    crv_lock_release(room.lock)
    perform(actions)
    reporter.noteLoad(of: self)
    return true
  }

  /// The time of a suspended submit is over.
  private func giveUp(_ task: AnyPoolTask, after limit: Duration) {
    locked { actions in
      guard let node = task.submitter, node.pointee.isQueued else { return }
      room.remove(node)
      task.refusal = .submitTimedOut(pool: name, limit: limit)
      actions.wakeups.append(node.granted(.closed))
    }
  }

  // MARK: Context

  /// Not every task needs a carrier: see ``TaskLocals``.
  private func makeCarrier(for task: AnyPoolTask) -> TaskCarrier {
    let carrier = TaskCarrier()
    carrier.goroutine = spawn(name: "\(name)-task") { [self] in
      // A cancelled wait is no reason not to run: the task is then running, and its code learns of the cancellation.
      _ = await carrier.gate.wait()
      return room.withLock { task.phase } == .running ? await run(task) : nil
    }
    return carrier
  }

  func refuseCarrier(of task: AnyPoolTask) {
    guard let carrier = task.carrier else { return }
    room.withLock { task.phase = .ended }
    carrier.gate.complete()
  }
}
