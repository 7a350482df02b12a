import RevoadaScheduling

/// Workers whose handler cannot suspend, of a queue in memory without leases.
extension WorkProcessor {
  func workInBatches(
    _ worker: WorkWorker, _ core: MemoryWorkCore, _ handler: QuickWorkHandler
  ) async {
    let (batch, timers) = (WorkBatch(), Timers.current)
    var turns = 0
    while await core.waitForItems(batch) {
      _ = worker.beginItem()
      // One that is to end settles what it has, and takes no more.
      while core.exchange(batch, claims: !worker.isRetired) {
        let start = timers.now
        while !worker.isRetired, let grant = batch.takeFirst() { await handle(grant, batch, handler) }
        batch.resize(after: timers.now - start)
        instruments.completed(batch.completedCount)
        // Swift jobs are not pre-empted: a long queue must not keep the thread from everybody else.
        turns += batch.count
        if turns >= 256 {
          turns = 0
          await Task.yield()
        }
      }
      if !worker.endItem() { return }
    }
  }

  nonisolated(nonsending)
    private func handle(_ grant: WorkGrant, _ batch: WorkBatch, _ handler: QuickWorkHandler) async
  {
    do {
      if grant.attempt > 1, !(try await mayTry(MemoryWorkStore.claim(of: grant))) { return }
      let start = instruments.start()
      defer { instruments.ran(since: start) }
      try handler(grant.entry)
      batch.complete()
    } catch { await settle(grant, error) }
  }

  /// Settles an item whose handler failed.
  nonisolated(nonsending)
    private func settle(_ grant: WorkGrant, _ error: any Error) async
  {
    let claim: WorkClaim<Item> = MemoryWorkStore.claim(of: grant)
    do {
      if crew.isStopping { try await store.release(claim.receipt) } else { try await fail(claim, error) }
    } catch { instruments.notSettled(error) }
  }
}
