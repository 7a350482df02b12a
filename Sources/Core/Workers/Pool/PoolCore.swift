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
  private let misconfiguration: (any Error)?
  /// How long a task may run.
  private let timeout: Int64?
  /// Runs a task and keeps its outcome in it; returns its error.
  private let run: Run
  /// Sends the outcome of a streamed task to the results.
  private let deliver: Deliver
  /// Called when the pool is closed and everything has run.
  private let onEnd: @Sendable () -> Void
  /// Adapts the number of workers while there is work.
  private let scaling: Scaling?
  let reporter: PoolReporter
  /// Whether tasks note when they were submitted.
  private let isClocked: Bool

  /// The lock, and the queue of suspended submits.
  let room = WaitingRoom()
  /// Workers without a task, under the same lock.
  private let parked = UnsafeMutablePointer<WaitQueue>.allocate(capacity: 1)
  /// Those who wait for everything to be done, under the same lock.
  private let waiters = UnsafeMutablePointer<WaitQueue>.allocate(capacity: 1)
  @exclusivity(unchecked) var state: PoolState

  @usableFromInline
  init(
    name: String, kind: String = "worker_pool", options: PoolOptions, order: PoolOrder = .arrival,
    scaling: Scaling? = nil,
    run: @escaping Run, deliver: @escaping Deliver = { _, _ in },
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
    var starts: [AnyPoolTask] = []
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

  private func perform(_ actions: Actions) {
    actions.wakeups.wakeAll()
    for task in actions.starts { startWorker(with: task) }
    if actions.startsWatch, let scaling {
      spawnDetached(name: "\(name)-scaling") { [self] in await watch(scaling) }
    }
    if actions.hasEnded {
      reporter.ended(statistics)
      onEnd()
    }
  }

  private var now: Int64 { isClocked ? Timers.current.now : 0 }

  /// The next task to run, if any may; it counts as running from now on.
  private func takeNext(at now: Int64, _ actions: inout Actions) -> AnyPoolTask? {
    while let (task, lane) = state.queue.pop() {
      if task.phase == .waiting, !acceptEarly(task, &actions) {
        if let lane { state.queue.finished(lane) }
        continue
      }
      state.start(task, in: lane, at: now)
      admitWaiting(&actions)
      return task
    }
    return nil
  }

  /// Takes a task whose submit still waits for room. False if that wait has just been given up.
  private func acceptEarly(_ task: AnyPoolTask, _ actions: inout Actions) -> Bool {
    guard let node = task.submitter else { return false }
    task.submitter = nil
    guard node.pointee.isQueued else {
      task.phase = .ended
      return false
    }
    room.queue.pointee.remove(node)
    actions.wakeups.append(node.granted())
    state.accept(task)
    return true
  }

  /// Lets suspended submits go on while there is room.
  private func admitWaiting(_ actions: inout Actions) {
    while state.hasRoom, let node = room.queue.pointee.popFirst() {
      let task = node.slot(for: Unmanaged<AnyPoolTask>.self).pointee.takeUnretainedValue()
      task.submitter = nil
      state.accept(task)
      actions.wakeups.append(node.granted())
    }
  }

  /// Gives tasks to free workers, old or new.
  private func dispatch(at now: Int64, _ actions: inout Actions) {
    while state.busy < state.workers, let task = takeNext(at: now, &actions) {
      state.busy += 1
      if let node = parked.pointee.popFirst() {
        state.slots[node.pointee.amount]?.take(task)
        node.slot(for: Unmanaged<AnyPoolTask>.self).initialize(to: .passRetained(task))
        actions.wakeups.append(node.granted())
      } else {
        state.addWorker().take(task)
        actions.starts.append(task)
      }
    }
  }

  /// Looks whether everything is done: then those go on who wait for it, and a closed pool ends.
  private func noteIdle(_ actions: inout Actions) {
    if !state.isIdle { return }
    while let node = waiters.pointee.popFirst() { actions.wakeups.append(node.granted()) }
    if !state.isClosed { return }
    while let node = parked.pointee.popFirst() { dismiss(node, &actions) }
    actions.hasEnded = !hasEnded
    hasEnded = true
  }
  @exclusivity(unchecked) private var hasEnded = false

  // MARK: Submitting

  /// Hands a task to the pool; suspends while the queue is full.
  /// - Parameter timeout: how long it may wait; zero: not at all. nil: for ever.
  @usableFromInline
  nonisolated(nonsending)
    func submit(_ task: AnyPoolTask, key: PoolKey?, priority: Int = 0, timeout: Duration? = nil) async throws
  {
    try prepare(task)
    var actions = Actions()
    let now = now
    crv_lock_acquire(room.lock)
    if try take(task, key, priority, now, &actions) { return }
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
    var actions = Actions()
    let now = now
    crv_lock_acquire(room.lock)
    if try take(task, key, priority, now, &actions) { return }
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
  private func take(
    _ task: AnyPoolTask, _ key: PoolKey?, _ priority: Int, _ now: Int64, _ actions: inout Actions
  ) throws -> Bool {
    if state.isClosed {
      crv_lock_release(room.lock)
      refuseCarrier(of: task)
      throw PoolError.closed(pool: name)
    }
    guard state.hasRoom || state.canStart(key) else { return false }
    task.submittedAt = now
    state.queue.push(task, key: key?.value, priority: priority, at: now)
    state.accept(task)
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
      room.queue.pointee.remove(node)
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

  private func refuseCarrier(of task: AnyPoolTask) {
    guard let carrier = task.carrier else { return }
    room.withLock { task.phase = .ended }
    carrier.gate.complete()
  }

  // MARK: Working

  private func startWorker(with task: AnyPoolTask) {
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
  private func conclude(dropped task: AnyPoolTask, _ error: any Error) {
    task.fail(error)
    task.completion.complete()
    task.carrier?.gate.complete()
    reporter.dropped()
  }

  func explain(_ error: any Error, of task: AnyPoolTask) -> any Error {
    guard let limit = options.timeout, room.withLock({ task.cancellation }) == .timedOut else { return error }
    return TimedOut(limit: limit)
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
      while let node = room.queue.pointee.popFirst() {
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
    let (dropped, running) = locked { actions in
      let dropped = state.dropAll()
      noteIdle(&actions)
      return (dropped, state.slots.compactMap { $0?.task })
    }
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
    if let fault = check.fault { throw fault }
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
  private func dismiss(_ node: Waiter, _ actions: inout Actions) {
    if let worker = state.slots[node.pointee.amount] { state.remove(worker) }
    actions.wakeups.append(node.granted(.closed))
  }
}
