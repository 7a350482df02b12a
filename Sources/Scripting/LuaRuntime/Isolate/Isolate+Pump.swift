import LuaShim

extension Isolate {
  private enum Next { case again, park, stop }

  /// Turns of goroutines between two looks at the inbox, at most.
  private static let slicesPerTurn: Int32 = 4096

  /// The isolate's task: turns while there is something to do, else parked until something is posted.
  func run() async {
    var turns = 0
    while true {
      switch turn() {
      case .again: turns += 1
      case .park: turns = await park() ? 0 : turns + 1
      case .stop:
        close()
        return
      }
      // An isolate that always has something to do shares its worker with the other tasks of the process.
      if turns >= 4 {
        turns = 0
        await Task.yield()
      }
    }
  }

  private func turn() -> Next {
    rv_begin_turn(state)
    defer { rv_end_turn() }
    drainInbox()
    for detector in detectors { detector.look() }
    let runnable = rv_run(state, Isolate.slicesPerTurn)
    if rv_is_doomed(state) != 0 { failAll(core.memoryError) }
    if isStopping { return .stop }
    // Time stands still while there is something to do: it may be a virtual one.
    if runnable > 0 || hasMail { return .again }
    if runnable == 0 { rv_report_failures(state, 0) }
    armTimer()
    return .park
  }

  private var hasMail: Bool {
    rv_lock_acquire(inbox.lock)
    defer { rv_lock_release(inbox.lock) }
    return !inbox.isEmpty
  }

  private func drainInbox() {
    rv_lock_acquire(inbox.lock)
    let completions = inbox.completions
    let actions = inbox.actions
    let kills = inbox.kills
    if !completions.isEmpty { inbox.completions = [] }
    if !actions.isEmpty { inbox.actions = [] }
    if !kills.isEmpty { inbox.kills = [] }
    let timersMoved = inbox.timersMoved
    inbox.timersMoved = false
    rv_lock_release(inbox.lock)
    for completion in completions { apply(completion) }
    for action in actions { action(self) }
    for kill in kills { rv_kill(state, kill()) }
    runJobs()
    if timersMoved { armSwiftTimers() }
  }

  /// Called from a hook, in the midst of a turn, below a C function that cannot yield.
  func applyKills() {
    rv_lock_acquire(inbox.lock)
    let kills = inbox.kills
    if !kills.isEmpty { inbox.kills = [] }
    let shallStop = inbox.shallStop
    rv_lock_release(inbox.lock)
    if shallStop { rv_stop(state) }
    for kill in kills { rv_kill(state, kill()) }
  }

  /// Suspends until something is posted.
  ///
  /// False, at once, when something has been.
  private func park() async -> Bool {
    let isIdle = rv_next_deadline(state) == .max
    let nextLook = nextLook
    return await withUnsafeContinuation { continuation in
      rv_lock_acquire(inbox.lock)
      guard inbox.isEmpty else {
        rv_lock_release(inbox.lock)
        continuation.resume(returning: false)
        return
      }
      inbox.parked = continuation
      let leaves = isIdle && inbox.isCounted
      if leaves { inbox.isCounted = false }
      rv_lock_release(inbox.lock)
      guard leaves else { return }
      if core.busy.leave() {
        core.checkForDeadlock()
      } else if nextLook != .max {
        // Detectors do not keep an idle isolate busy, but look while others are.
        core.configuration.clock.schedule(at: nextLook) { [weak self] in self?.post { _ in } }
      }
    }
  }

  /// When the next detector wants to look for deadlocks.
  private var nextLook: UInt64 { detectors.compactMap(\.due).min() ?? .max }

  // MARK: Timers

  private func armTimer() {
    armSwiftTimers()
    let earliest = rv_next_deadline(state)
    if earliest == .max { return }
    let deadline = min(earliest, nextLook)
    guard armedDeadline.map({ deadline < $0 }) ?? true else { return }
    armedDeadline = deadline
    core.configuration.clock.schedule(at: deadline) { [weak self] in
      self?.post { isolate in
        if isolate.armedDeadline == deadline { isolate.armedDeadline = nil }
      }
    }
  }

  /// Runs an action at a deadline.
  ///
  /// Turn only.
  func schedule(at deadline: UInt64, _ action: @escaping @Sendable () -> Void) -> UInt64 {
    nextTimer += 1
    timers[nextTimer] = action
    rv_timer_schedule(state, deadline, nextTimer)
    return nextTimer
  }

  /// Forgets a scheduled action.
  ///
  /// From any thread.
  func unschedule(_ identifier: UInt64) {
    post { isolate in
      if isolate.timers.removeValue(forKey: identifier) != nil { rv_timer_cancel(isolate.state, identifier) }
    }
  }

  // MARK: The end

  private func close() {
    rv_begin_turn(state)
    failAll(core.endError)
    rv_kill_all(state)
    rv_report_failures(state, 1)
    for task in tasks.values { task.cancel() }
    for call in hosted.values { call.cancel() }
    hosted = [:]
    callIsolated = nil
    rv_lock_acquire(inbox.lock)
    inbox.isolate = nil
    let completions = inbox.completions
    inbox.completions = []
    inbox.actions = []
    inbox.kills = []
    let jobs = inbox.jobs
    inbox.jobs = []
    let counted = inbox.isCounted
    inbox.isCounted = false
    rv_lock_release(inbox.lock)
    for completion in completions {
      completion.undo()
      if completion.endsNativeCall { core.busy.leave() }
    }
    if counted { core.busy.leave() }
    watchers = [:]
    timers = [:]
    detectors = []
    for job in jobs { executor.runElsewhere(job) }
    rv_isolate_free(state)
    rv_end_turn()
  }
}
