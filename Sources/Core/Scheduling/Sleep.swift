import CRevoada

/// Suspends for at least `duration`; a fraction of a millisecond is fine. Zero or less gives other goroutines a turn.
///
/// One entry in the scheduler's timer wheel: a million sleepers cost memory, not CPU. Under a simulation's clock the
/// time is virtual.
///
/// - Throws: `CancellationError` at once when the task is cancelled.
nonisolated(nonsending)
  public func sleep(for duration: Duration) async throws
{
  let delay = duration.nanoseconds
  if delay <= 0 {
    try Task.checkCancellation()
    return await Task.yield()
  }
  if await !Timers.current.wait(for: delay) { throw CancellationError() }
}

extension Duration {
  /// Whole nanoseconds, rounded up; durations too long for 64 bits become the longest there is (292 years).
  package var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    let fraction = (attoseconds + (attoseconds > 0 ? 999_999_999 : 0)) / 1_000_000_000
    let (sum, overflowed) = scaled.addingReportingOverflow(fraction)
    return overflowed ? (seconds < 0 ? .min : .max) : sum
  }
}

extension Timers {
  /// The timers by which code on this thread measures time: those of the scheduler that runs it.
  package static var current: Timers {
    if let override = crv_current_timers() {
      return Unmanaged<Timers>.fromOpaque(override).takeUnretainedValue()
    }
    return GlobalScheduler.installed?.timers.timers ?? Self.shared.timers
  }
  private static let shared = TimerThread(clock: SystemTimeSource())

  /// Starts a timer that is a case of a select.
  package func schedule(after delay: Int64, claiming index: Int32, of state: SelectPointer) -> TimerEntry {
    let generation = state.generation
    nonisolated(unsafe) let state = state  // pooled memory, touched by atomics until the claim
    return schedule(after: delay) { state.claimByTimer(index, generation: generation) }
  }

  /// Suspends for `delay` nanoseconds; false if the task was cancelled first.
  nonisolated(nonsending)
    package func wait(for delay: Int64) async -> Bool
  {
    let state = SelectState.take()
    state.pointee.waitingCases = -1
    defer { state.recycle() }
    var entry: TimerEntry?
    await state.wait { entry = schedule(after: delay, claiming: 0, of: state) }
    if state.winningCase == 0 { return true }
    if let entry { cancel(entry) }
    return false
  }
}
