import CRevoada
import RevoadaInstruments
import RevoadaResilience
import RevoadaScheduling

/// What is behind every pool: the queue, the workers and the numbers.
///
/// Not generic, so that it is compiled once; what depends on the types of input and output comes in two closures. Workers keep the
/// core, not the pool: a pool that is released is closed by that, finishes its queue, and then its workers end.
///
/// A worker is a goroutine that runs one task after the other and waits for more when there is none; it starts when
/// there is work for it. A task cancels its worker's goroutine when it is cancelled itself; the worker then ends with the task, and
/// another takes its place.
@usableFromInline
final class PoolCore: @unchecked Sendable {  // all that changes is protected by the lock of `room`
  @usableFromInline typealias Run = nonisolated(nonsending) @Sendable (AnyPoolTask) async -> (any Error)?
  @usableFromInline typealias Deliver =
    nonisolated(nonsending) @Sendable (AnyPoolTask, Duration) async -> Void

  @usableFromInline let name: String
  @usableFromInline let options: PoolOptions
  /// What is wrong with the options; every submit throws it.
  let misconfiguration: (any Error)?
  /// How long a task may run.
  let timeout: Int64?
  /// Runs a task and keeps its outcome in it; returns its error.
  let run: Run
  /// Sends the outcome of a streamed task to the results.
  let deliver: Deliver
  /// Where inputs without tasks lie, and who works on them; nil if all need tasks.
  let inputs: InputLine?
  /// Called when the pool is closed and everything has run.
  let onEnd: @Sendable () -> Void
  /// Adapts the number of workers while there is work.
  let scaling: Scaling?
  let reporter: PoolReporter
  /// Whether tasks note when they were submitted.
  let isClocked: Bool

  /// The lock, and the queue of suspended submits.
  let room = WaitingRoom()
  /// Workers without a task, under the same lock.
  let parked = UnsafeMutablePointer<WaitQueue>.allocate(capacity: 1)
  /// Those who wait for everything to be done, under the same lock.
  let waiters = UnsafeMutablePointer<WaitQueue>.allocate(capacity: 1)
  @exclusivity(unchecked) var state: PoolState

  @usableFromInline
  init(
    name: String, kind: String = "worker_pool", options: PoolOptions, order: PoolOrder = .arrival,
    scaling: Scaling? = nil,
    run: @escaping Run, deliver: @escaping Deliver = { _, _ in }, inputs: InputLine? = nil,
    onEnd: @escaping @Sendable () -> Void = {}
  ) {
    self.name = name
    self.options = options
    self.run = run
    self.deliver = deliver
    self.onEnd = onEnd
    self.scaling = scaling
    reporter = PoolReporter(kind: kind, name: name, options: options)
    var misconfiguration: InvalidSetting?
    timeout = options.timeout?.nanoseconds
    do throws(InvalidSetting) {
      try options.validate(name)
      try order.validate(name)
      try scaling?.validate(name)
    } catch { misconfiguration = error }
    self.misconfiguration = misconfiguration
    isClocked = order != .arrival || scaling != nil || reporter.isMeasuring
    // All those need to know when a task came, or to cancel it alone.
    self.inputs = isClocked || timeout != nil || misconfiguration != nil ? nil : inputs
    state = PoolState(
      workers: scaling?.minimum ?? options.workers, capacity: options.queue,
      queue: FairQueue(order: order.queueOrder, keyLimit: options.keyLimit))
    parked.initialize(to: WaitQueue())
    waiters.initialize(to: WaitQueue())
  }

  deinit {
    parked.deallocate()
    waiters.deallocate()
  }

  // MARK: Under the lock

  /// What is to be done once the lock is released.
  struct Actions {
    var wakeups = Wakeups()
    var starts: [PoolWorker] = []
    var startsWatch = false
    var hasEnded = false
  }

  /// Runs `body` under the lock and then does what it asks for.
  func locked<R>(_ body: (inout Actions) -> R) -> R {
    var actions = Actions()
    crv_lock_acquire(room.lock)
    let result = body(&actions)
    crv_lock_release(room.lock)
    perform(actions)
    return result
  }

  func perform(_ actions: Actions) {
    actions.wakeups.wakeAll()
    for worker in actions.starts { start(worker) }
    if actions.startsWatch, let scaling {
      spawnDetached(name: "\(name)-scaling") { [self] in await watch(scaling) }
    }
    if actions.hasEnded {
      reporter.ended(statistics)
      onEnd()
    }
  }

  var now: Int64 { isClocked ? Timers.current.now : 0 }

  /// What is to be done next.
  enum Work {
    case task(AnyPoolTask)
    case inputs
  }

  /// What is to be done next, if anything may. A task counts as running from now on; inputs are still to be taken.
  func takeNext(at now: Int64, _ actions: inout Actions) -> Work? {
    while let (task, lane) = state.queue.pop() {
      if task.phase == .waiting, !acceptEarly(task, &actions) {
        if let lane { state.queue.finished(lane) }
        continue
      }
      state.start(task, in: lane, at: now)
      admitWaiting(&actions)
      return .task(task)
    }
    return state.queue.countedNext > 0 ? .inputs : nil
  }

  /// Takes a task whose submit still waits for room. False if that wait has just been given up.
  func acceptEarly(_ task: AnyPoolTask, _ actions: inout Actions) -> Bool {
    guard let node = task.submitter else { return false }
    task.submitter = nil
    guard node.pointee.isQueued else {
      task.phase = .ended
      return false
    }
    room.remove(node)
    actions.wakeups.append(node.granted())
    state.accept(task)
    return true
  }

  /// Lets suspended submits go on while there is room.
  func admitWaiting(_ actions: inout Actions) {
    while state.hasRoom, let node = room.popFirst() {
      let task = node.slot(for: Unmanaged<AnyPoolTask>.self).pointee.takeUnretainedValue()
      task.submitter = nil
      state.accept(task)
      actions.wakeups.append(node.granted())
    }
  }

  /// Gives tasks to free workers, old or new. For inputs a worker is called, one at a time: each calls the next one when it has taken
  /// some and there are more, so that none is woken in vain while others are quick.
  ///
  /// Whenever the lock is released, all workers are busy, or one is called, or there is nothing to do.
  func dispatch(at now: Int64, _ actions: inout Actions) {
    while state.busy < state.workers, !state.isCalling, let work = takeNext(at: now, &actions) {
      state.busy += 1
      let worker = freeWorker(&actions)
      switch work {
      case .task(let task): worker.take(task)
      case .inputs:
        worker.isCalled = true
        state.isCalling = true
      }
    }
  }

  /// A worker that was woken or is new.
  private func freeWorker(_ actions: inout Actions) -> PoolWorker {
    if let node = parked.pointee.popFirst(), let worker = state.slots[node.pointee.amount] {
      actions.wakeups.append(node.granted())
      return worker
    }
    let worker = state.addWorker()
    actions.starts.append(worker)
    return worker
  }

  /// Looks whether everything is done: then those go on who wait for it, and a closed pool ends.
  func noteIdle(_ actions: inout Actions) {
    if !state.isIdle { return }
    while let node = waiters.pointee.popFirst() { actions.wakeups.append(node.granted()) }
    if !state.isClosed { return }
    while let node = parked.pointee.popFirst() { dismiss(node, &actions) }
    actions.hasEnded = !hasEnded
    hasEnded = true
  }
  @exclusivity(unchecked) var hasEnded = false

  // MARK: Cancelling

  func cancel(_ task: AnyPoolTask, _ reason: PoolCancellation) {
    var wasQueued = false
    let goroutine = locked { actions -> AnyGoroutine? in
      switch task.phase {
      case .queued:
        wasQueued = true
        state.drop(task)
        state.queue.noteWithdrawal()
        admitWaiting(&actions)
        noteIdle(&actions)
        return nil
      case .running:
        if task.cancellation == nil { task.cancellation = reason }
        if let carrier = task.carrier { return carrier.goroutine }
        task.worker?.isCancelled = true
        return task.worker?.goroutine
      case .waiting, .delivering, .ended: return nil
      }
    }
    goroutine?.cancel()
    if wasQueued { conclude(dropped: task, CancellationError()) }
  }

  /// A queued task will not run.
  func conclude(dropped task: AnyPoolTask, _ error: any Error) {
    task.fail(error)
    task.completion.complete()
    task.carrier?.gate.complete()
    reporter.dropped()
  }

  // MARK: Waiting and closing

  /// Suspends until nothing runs and nothing is queued.
  @usableFromInline
  nonisolated(nonsending)
    func wait() async throws
  {
    crv_lock_acquire(room.lock)
    if state.isIdle { return crv_lock_release(room.lock) }
    let node = WaitNode.take()
    await node.park(in: waiters, lock: room.lock)
    let outcome = node.pointee.outcome
    node.recycle()
    if outcome == .cancelled { throw CancellationError() }
  }

  /// Takes no more tasks; what is queued still runs.
  @usableFromInline
  func close() {
    let isFirst = locked { actions in
      if state.isClosed { return false }
      state.isClosed = true
      while let node = room.popFirst() {
        let task = node.slot(for: Unmanaged<AnyPoolTask>.self).pointee.takeUnretainedValue()
        task.submitter = nil
        state.withdraw(task)
        actions.wakeups.append(node.granted(.closed))
      }
      noteIdle(&actions)
      return true
    }
    if isFirst { reporter.closed() }
  }

  /// Closes, drops what is queued and cancels what runs.
  /// - Returns: the tasks that were dropped, those of one key in their order.
  @usableFromInline
  func shutdown() -> [AnyPoolTask] {
    close()
    let (dropped, running, goroutines) = locked { actions in
      let dropped = state.dropAll { count in
        let tasks = inputs?.makeTasks(count, self) ?? []
        for task in tasks { task.phase = .queued }
        return tasks
      }
      noteIdle(&actions)
      let withInputs = state.slots.compactMap { $0 }.filter(\.hasInputs)
      for worker in withInputs { worker.isCancelled = true }
      return (dropped, state.slots.compactMap { $0?.task }, withInputs.compactMap(\.goroutine))
    }
    for goroutine in goroutines { goroutine.cancel() }
    for task in dropped { conclude(dropped: task, PoolError.shutDown(pool: name)) }
    for task in running { cancel(task, .asked) }
    return dropped
  }

  // MARK: Looking and resizing

  @usableFromInline var statistics: PoolStats {
    let waiting = room.queue
    return room.withLock {
      PoolStats(
        name: name, workers: state.workers, active: state.active, queued: state.queued,
        waiting: waiting.pointee.count, submitted: state.submitted, completed: state.completed,
        failed: state.failed,
        dropped: state.dropped, average: state.runTimes.average, p95: state.runTimes.percentile(0.95),
        perWorker: state.perWorker)
    }
  }

  /// Changes how many tasks run at once. Tasks that run are not disturbed.
  @usableFromInline
  func resize(to workers: Int) throws(InvalidSetting) {
    var check = SettingsCheck("pool", name)
    check.require(workers >= 1, "workers", workers, "at least 1")
    try check.end()
    let now = now
    let old = locked { actions in
      let old = state.workers
      state.workers = workers
      // Those that work end after their task.
      while state.alive > workers, let node = parked.pointee.popFirst() { dismiss(node, &actions) }
      dispatch(at: now, &actions)
      admitWaiting(&actions)
      return old
    }
    if old != workers { reporter.resized(from: old, to: workers) }
  }

  /// Lets a worker that waits end.
  func dismiss(_ node: Waiter, _ actions: inout Actions) {
    if let worker = state.slots[node.pointee.amount] { state.remove(worker) }
    actions.wakeups.append(node.granted(.closed))
  }
}
