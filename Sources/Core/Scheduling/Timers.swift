import CRevoada

/// The timers of one scheduler, and the time by which they fire.
package final class Timers: @unchecked Sendable {  // `wheel` and `earliest` are protected by `lock`
  package let clock: any TimeSource
  private let lock = Lock()
  private var wheel: TimerWheel
  /// Called, without the lock, when a timer is due before all others.
  private let onEarlier: @Sendable () -> Void
  private var earliest = Int64.max

  package init(clock: any TimeSource, onEarlier: @escaping @Sendable () -> Void) {
    self.clock = clock
    self.onEarlier = onEarlier
    wheel = TimerWheel(now: clock.now)
  }

  package var now: Int64 { clock.now }

  /// Calls `action` once `delay` nanoseconds have passed, on the thread that drives the timers: it must be brief and must not
  /// block.
  @discardableResult
  package func schedule(after delay: Int64, _ action: @escaping @Sendable () -> Void) -> TimerEntry {
    let (deadline, overflow) = clock.now.addingReportingOverflow(max(0, delay))
    return schedule(at: overflow ? .max : deadline, action)
  }

  @discardableResult
  package func schedule(at deadline: Int64, _ action: @escaping @Sendable () -> Void) -> TimerEntry {
    let entry = TimerEntry(deadline: deadline, action: action)
    let isEarlier = lock.withLock {
      wheel.insert(entry)
      if deadline >= earliest { return false }
      earliest = deadline
      return true
    }
    if isEarlier { onEarlier() }
    return entry
  }

  /// True if the timer had not fired: it will not any more. False: it has, or is firing just now.
  @discardableResult
  package func cancel(_ entry: TimerEntry) -> Bool {
    lock.withLock { wheel.remove(entry) }
  }

  /// Fires what is due, and returns when to come again.
  package func fireDue() -> Int64? {
    let now = clock.now
    let due = lock.withLock { wheel.advance(to: now) }
    for entry in due { entry.action() }
    return lock.withLock {
      let next = wheel.nextWake
      earliest = next ?? .max
      return next
    }
  }

  /// How many timers are set.
  package var count: Int { lock.withLock { wheel.count } }

  /// When the driver must come next, nil without timers.
  package var nextWake: Int64? { lock.withLock { wheel.nextWake } }
}

/// Drives timers from a thread that sleeps until the first of them is due.
final class TimerThread: Sendable {
  let timers: Timers
  private let signal: Signal

  /// A futex word that outlives both the thread and its owner.
  private final class Signal: @unchecked Sendable {  // the words are only touched by atomics
    let word = UnsafeMutablePointer<UInt32>.allocate(capacity: 2)
    init() { word.initialize(repeating: 0, count: 2) }
    deinit { word.deallocate() }

    var epoch: UInt32 { crv_load(word) }
    var isStopped: Bool { crv_load(word + 1) == 1 }

    func notify() {
      _ = crv_increment(word)
      crv_futex_wake(word, 1)
    }
    func stop() {
      crv_store(word + 1, 1)
      notify()
    }
  }

  init(clock: any TimeSource) {
    let signal = Signal()
    self.signal = signal
    let timers = Timers(clock: clock) { signal.notify() }
    self.timers = timers
    WorkerThread.start(named: "revoada-timers") {
      while !signal.isStopped {
        let epoch = signal.epoch
        let next = timers.fireDue()
        let pause = next.map { max(0, $0 - timers.now) } ?? -1
        if pause != 0 { crv_futex_wait(signal.word, epoch, pause) }
      }
    }
  }

  func stop() { signal.stop() }

  func schedule(after delay: Int64, _ action: @escaping @Sendable () -> Void) {
    timers.schedule(after: delay, action)
  }
}
