import CRevoada
import RevoadaScheduling

/// How inputs without tasks go through a pool; the typed half is ``InputWork``.
extension PoolCore {
  // MARK: Submitting

  /// Takes the lock, if an input without a task can be taken at once: it is to be put into the ring. Else false, without the lock.
  @usableFromInline
  func beginSend() -> Bool {
    if inputs == nil || TaskLocals.areBound { return false }
    crv_lock_acquire(room.lock)
    if !state.isClosed, state.hasRoom || state.canStart(nil) { return true }
    crv_lock_release(room.lock)
    return false
  }

  /// The input lies in the ring: releases the lock.
  @usableFromInline
  func endSend() {
    state.queue.pushCounted()
    state.accept(nil)
    dispatchAndRelease()
  }

  private func dispatchAndRelease() {
    if state.busy >= state.workers || state.isCalling { return crv_lock_release(room.lock) }
    var actions = Actions()
    dispatch(at: 0, &actions)
    crv_lock_release(room.lock)
    perform(actions)
  }

  // MARK: Working

  /// Takes the lock, if there are inputs for the worker. Else false, without the lock.
  @usableFromInline
  func beginInputs(_ worker: PoolWorker) -> Bool {
    crv_lock_acquire(room.lock)
    arrive(worker)
    if mayTakeInputs(worker) { return true }
    crv_lock_release(room.lock)
    return false
  }

  private func mayTakeInputs(_ worker: PoolWorker) -> Bool {
    !worker.isCancelled && state.busy <= state.workers && state.queue.countedNext > 0
  }

  /// With the lock held: how many inputs the worker is to take from the ring, and the first of their identities.
  @usableFromInline
  func startInputs(_ worker: PoolWorker) -> (count: Int, firstID: UInt64) {
    state.startInputs(worker, limit: worker.batch)
  }

  /// The worker has taken its inputs from the ring: releases the lock. What is left is for others.
  @usableFromInline
  func releaseInputs() { dispatchAndRelease() }

  /// Inputs have ended. If there are more, nil, with the lock held; else what to do next.
  @usableFromInline
  func finishInputs(_ batch: EndedInputs, _ worker: PoolWorker) -> Next? {
    crv_lock_acquire(room.lock)
    state.finishInputs(worker, durations: batch.durations, failures: batch.failures.count)
    worker.turns &+= batch.durations.count
    let count = state.perWorker[worker.index]
    if room.isEmpty, batch.failures.isEmpty, count < worker.nextMark, worker.turns < Self.mostTurns,
      mayTakeInputs(worker)
    {
      return nil
    }
    let failed = state.failed
    var actions = Actions()
    admitWaiting(&actions)
    let next = decide(for: worker, at: 0, &actions)
    noteIdle(&actions)
    crv_lock_release(room.lock)
    perform(actions)
    report(batch, worker, count: count, failed: failed)
    return next
  }

  private func report(_ batch: EndedInputs, _ worker: PoolWorker, count: Int, failed: Int) {
    if batch.failures.isEmpty, count < worker.nextMark { return }
    let (before, failedBefore) = (count - batch.durations.count, failed - batch.failures.count)
    var failures = batch.failures[...]
    for (index, duration) in batch.durations.enumerated() {
      var error: (any Error)?
      if failures.first?.index == index { error = failures.removeFirst().error }
      report(
        error, of: batch.firstID + UInt64(index), by: worker, count: before + index + 1,
        failed: failedBefore + batch.failures.count - failures.count, duration: duration)
    }
  }

  /// Delivers outcomes for a worker whose goroutine is cancelled, and could not wait for the reader of the results.
  /// - Parameter delivery: keeps the memory of the batch.
  @usableFromInline
  func deliverForCancelled(
    _ batch: EndedInputs, _ worker: PoolWorker,
    _ delivery: nonisolated(nonsending) @escaping @Sendable () async -> Void
  ) {
    spawnDetached(name: "\(name)-delivery") { [self] in
      await delivery()
      withExtendedLifetime(delivery) { _ = finishInputs(batch, worker) }
    }
  }
}

/// Inputs without tasks that a worker has run.
@usableFromInline
struct EndedInputs: @unchecked Sendable {  // the memory belongs to whoever delivers their outcomes
  let firstID: UInt64
  let durations: UnsafeBufferPointer<Int64>
  /// Those that failed, in their order.
  let failures: [(index: Int, error: any Error)]

  @usableFromInline
  init(
    firstID: UInt64, durations: UnsafeBufferPointer<Int64>, failures: [(index: Int, error: any Error)]
  ) {
    self.firstID = firstID
    self.durations = durations
    self.failures = failures
  }
}
