import CRevoada

/// A pool in its place.
typealias WorkerPoolPointer = UnsafeMutablePointer<WorkerPoolCore>

/// What a worker does that has no job: it searches for a few microseconds, then sleeps.
extension UnsafeMutablePointer<WorkerPoolCore> {
  func start() {
    for index in 0..<pointee.count {
      let worker = UInt(bitPattern: pointee.workers + index)
      let pool = UInt(bitPattern: self)
      WorkerThread.start(named: "revoada-\(index)") {
        WorkerPointer(bitPattern: worker)!.run()
        WorkerPoolPointer(bitPattern: pool)!.leave()
      }
    }
  }

  /// Lets the workers end once they have no work left.
  func stop() {
    pointee.markStopping()
    while pointee.wakeOne() {}
    leave()
  }

  private func leave() {
    guard pointee.users.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
    deinitialize(count: 1)
    deallocate()
  }

  // MARK: Searching

  /// Looks for work elsewhere for a few microseconds; 0 if there is none worth taking.
  func search(for worker: WorkerPointer) -> JobWord {
    guard pointee.beginSearch() else { return 0 }
    let job = lookAround(worker)
    pointee.endSearch()
    worker.pointee.restartPace(at: crv_now())
    // Whoever leaves the search with work sends the next one to look for more.
    if job != 0, !pointee.injector.isEmpty || worker.pointee.queue.count > 0 { pointee.wakeOne() }
    return job
  }

  private func lookAround(_ worker: WorkerPointer) -> JobWord {
    let start = crv_now()
    let count = pointee.count
    return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: count) { seen in
      for index in 0..<count { seen[index] = pointee.workers[index].started.load(ordering: .relaxed) }
      var elapsed: Int64 = 0
      repeat {
        for _ in 0..<64 { crv_pause() }
        let injected = worker.pointee.takeInjected()
        if injected != 0 { return injected }
        elapsed = crv_now() - start
        if elapsed < WorkerPoolCore.searchTime / 4 { continue }
        let first = worker.pointee.random(below: count)
        for offset in 0..<count {
          let victim = pointee.workers + (first + offset) % count
          if victim == worker { continue }
          let job = steal(from: victim, into: worker, seen: seen[victim - pointee.workers], elapsed: elapsed)
          if job != 0 { return job }
        }
      } while elapsed < WorkerPoolCore.searchTime
      return 0
    }
  }

  /// Steals half of a worker's queue if that is worth while; its slot only when it makes no progress at all.
  private func steal(
    from victim: WorkerPointer, into worker: WorkerPointer, seen: UInt64, elapsed: Int64
  ) -> JobWord {
    guard isWorthStealing(from: victim, seen: seen, elapsed: elapsed) else { return 0 }
    let job = victim.pointee.queue.stealHalf(into: worker.pointee.queue)
    if job != 0 { return job }
    if victim.pointee.started.load(ordering: .relaxed) != seen { return 0 }
    return victim.pointee.next.exchange(0, ordering: .acquiringAndReleasing)
  }

  private func isWorthStealing(from victim: WorkerPointer, seen: UInt64, elapsed: Int64) -> Bool {
    let backlog = UInt64(victim.pointee.backlog)
    if backlog == 0 { return false }
    let progress = victim.pointee.started.load(ordering: .relaxed) &- seen
    return progress == 0 || backlog &* UInt64(elapsed) / progress > WorkerPoolCore.worthMoving
  }

  // MARK: Sleeping

  /// Sleeps until there may be work. False when the pool stops.
  func park(_ worker: WorkerPointer) -> Bool {
    let parking = pointee.list(worker)
    if parking == .stop { return !pointee.injector.isEmpty || worker.pointee.backlog > 0 }
    if !pointee.injector.isEmpty {
      // Work that arrived before we were listed has woken nobody.
      pointee.unlist(worker)
      if parking == .watch { pointee.dismissSentinel() }
    } else if parking == .watch {
      watch(worker)
    } else if !Watching.noticesStandstill || !tellOfStandstill(worker) {
      sleep(worker)
    }
    worker.pointee.restartPace(at: crv_now())
    return true
  }

  /// Before the last worker falls asleep: tells those who want to know. True if that has made work for this one.
  private func tellOfStandstill(_ worker: WorkerPointer) -> Bool {
    if !pointee.standsStill { return false }
    Watching.standstill(of: pointee.timers.takeUnretainedValue())
    if pointee.injector.isEmpty && worker.pointee.backlog == 0 { return false }
    pointee.unlist(worker)
    return true
  }

  private func isSleeping(_ worker: WorkerPointer) -> Bool { crv_load(worker.pointee.sleeping) == 1 }

  private func sleep(_ worker: WorkerPointer) {
    while isSleeping(worker) { crv_futex_wait(worker.pointee.sleeping, 1, -1) }
  }

  /// The sentinel's sleep: looks at the running workers at growing intervals.
  private func watch(_ worker: WorkerPointer) {
    var pause = WorkerPoolCore.firstLook
    let count = pointee.count
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: count) { seen in
      for index in 0..<count { seen[index] = pointee.workers[index].started.load(ordering: .relaxed) }
      while true {
        let start = crv_now()
        crv_futex_wait(worker.pointee.sleeping, 1, pause)
        if !isSleeping(worker) { return pointee.dismissSentinel() }  // whoever woke us has unlisted us
        if pointee.dismissSentinelWhenAlone() { return sleep(worker) }
        let elapsed = crv_now() - start
        for index in 0..<count where pointee.workers + index != worker {
          let victim = pointee.workers + index
          if isWorthStealing(from: victim, seen: seen[index], elapsed: elapsed) {
            pointee.unlist(worker)
            return pointee.dismissSentinel()
          }
          seen[index] = victim.pointee.started.load(ordering: .relaxed)
        }
        pause = min(pause * 2, WorkerPoolCore.rarestLook)
      }
    }
  }
}
