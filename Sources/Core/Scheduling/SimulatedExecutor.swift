import CRevoada
import Synchronization

/// One thread that runs jobs in an order drawn from a seed, by a clock that moves only when nothing else can.
///
/// The engine under `Simulation` of RevoadaTesting; here, because `spawn` and the timers must know it.
package final class SimulatedExecutor: HostedExecutor {
  /// Time that stands still until it is moved.
  private final class VirtualTime: TimeSource {
    private let nanoseconds = Atomic<Int64>(0)
    var now: Int64 { nanoseconds.load(ordering: .acquiring) }
    func move(to time: Int64) { nanoseconds.store(time, ordering: .releasing) }
  }

  private struct State {
    var ready: [UnownedJob] = []
    var isStopped = false
  }
  private let state = Guarded(State())
  private let time = VirtualTime()
  package let timers: Timers
  private let seed: UInt64
  /// Counts arrivals; the thread sleeps on it when it has nothing to do.
  private let arrivals = FutexCounter()
  /// How long, in real time, a job may take to arrive from another thread before the verdict is a deadlock.
  private static let grace: Int64 = 1_000_000_000

  package init(seed: UInt64) {
    self.seed = seed
    timers = Timers(clock: time) {}
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    state.withLock { $0.ready.append(job) }
    arrivals.increment()
  }

  package func stop() {
    state.withLock { $0.isStopped = true }
    arrivals.increment()
  }

  /// Runs until ``stop()``, on a thread of its own.
  /// - Parameter onDeadlock: called when everything waits and no timer is due ever; it should make something happen.
  package func start(onDeadlock: @escaping @Sendable () -> Void) {
    WorkerThread.start(named: "revoada-sim") { [self] in
      crv_seed_random(seed)
      host { run(onDeadlock: onDeadlock) }
    }
  }

  private func run(onDeadlock: () -> Void) {
    var deadlocked = false
    while !state.withLock({ $0.isStopped }) {
      let seen = arrivals.value
      if let job = takeAny() {
        deadlocked = false
        job.runSynchronously(on: asUnownedTaskExecutor())
      } else if let next = timers.nextWake {
        time.move(to: max(time.now, next))
        _ = timers.fireDue()
      } else if !arrivals.wait(whileAt: seen, for: deadlocked ? -1 : Self.grace) {
        deadlocked = true
        onDeadlock()
      }
    }
  }

  private func takeAny() -> UnownedJob? {
    state.withLock { state in
      if state.ready.isEmpty { return nil }
      state.ready.swapAt(Int(crv_random() % UInt64(state.ready.count)), state.ready.count - 1)
      return state.ready.removeLast()
    }
  }
}

/// A counter that threads can sleep on.
final class FutexCounter: @unchecked Sendable {  // the word is only touched by atomics
  private let word = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
  init() { word.initialize(to: 0) }
  deinit { word.deallocate() }

  var value: UInt32 { crv_load(word) }

  func increment() {
    _ = crv_increment(word)
    crv_futex_wake(word, .max)
  }

  /// Sleeps until the counter is no longer `value`; false after `timeout` nanoseconds (negative: never).
  func wait(whileAt value: UInt32, for timeout: Int64) -> Bool {
    let end = timeout < 0 ? Int64.max : crv_now() + timeout
    while self.value == value {
      let left = timeout < 0 ? -1 : end - crv_now()
      if timeout >= 0 && left <= 0 { return false }
      crv_futex_wait(word, value, left)
    }
    return true
  }
}
