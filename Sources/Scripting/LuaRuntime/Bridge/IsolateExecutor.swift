import LuaShim
import Revoada

/// Runs Swift's jobs in the turns of an isolate.
///
/// What the Swift objects that scripts hold do (their methods, the goroutines they spawn, their timers) runs here: in the order
/// in which it becomes ready, in the isolate's time, and never beside one of its goroutines. And because nothing of it runs
/// anywhere else, an inbox without jobs and a wheel without timers prove that Swift waits too: the deadlock check
/// sees through these objects.
final class IsolateExecutor: HostedExecutor, @unchecked Sendable {
  // `isStarting` and `started` are touched by the thread that has the isolate's turn only.
  let timers: Timers
  private let inbox: Inbox
  private var isStarting = false
  private var started: UnownedJob?

  init(_ inbox: Inbox, clock: any IsolateClock) {
    self.inbox = inbox
    timers = Timers(clock: IsolateTime(clock: clock)) { _ = inbox.deliver { $0.timersMoved = true } }
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if currentHost === self, isStarting {
      isStarting = false
      started = job
    } else if !inbox.deliver({ $0.jobs.append(job) }) {
      runElsewhere(job)
    }
  }

  func run(_ job: UnownedJob) { job.runSynchronously(on: asUnownedTaskExecutor()) }

  /// For what is left when the isolate has ended: cancelled calls that have yet to notice.
  func runElsewhere(_ job: UnownedJob) {
    Task.detached { self.run(job) }
  }

  /// Creates one task, and runs it up to its first suspension, ahead of all others.
  ///
  /// Turn only.
  func start<T>(_ create: () -> T) -> T {
    host {
      isStarting = true
      let result = create()
      isStarting = false
      if let job = started {
        started = nil
        run(job)
      }
      return result
    }
  }
}

/// The isolate's time, for Swift's timers.
private struct IsolateTime: TimeSource {
  let clock: any IsolateClock
  var now: Int64 { Int64(clamping: clock.now) }
}

extension Isolate {
  /// Jobs between two looks at the goroutines, at most.
  private static let jobsPerTurn = 4096

  /// Turn only.
  func runJobs() {
    executor.host {
      for _ in 0..<Isolate.jobsPerTurn {
        rv_lock_acquire(inbox.lock)
        let jobs = inbox.jobs
        if !jobs.isEmpty { inbox.jobs = [] }
        rv_lock_release(inbox.lock)
        if jobs.isEmpty { break }
        for job in jobs { executor.run(job) }
      }
    }
  }

  /// Lets one of the isolate's timers stand for the earliest of Swift's.
  ///
  /// Turn only.
  func armSwiftTimers() {
    let deadline = executor.timers.nextWake.map { UInt64(max(0, $0)) }
    guard deadline != swiftTimer?.deadline else { return }
    if let armed = swiftTimer, timers.removeValue(forKey: armed.identifier) != nil {
      rv_timer_cancel(state, armed.identifier)
    }
    swiftTimer = deadline.map { deadline in
      let identifier = schedule(at: deadline) { [unowned self] in  // fires in this isolate's turn
        swiftTimer = nil
        executor.host { _ = executor.timers.fireDue() }
        armSwiftTimers()
      }
      return (deadline, identifier)
    }
  }
}
