import CRevoada
import Synchronization

/// The workers of one scheduler: who searches, who sleeps, who is woken.
///
/// The policy differs from the usual one (wake somebody for every job that becomes ready): moving a job to another core
/// costs some microseconds of wake-up and cache misses, so that goroutines which hand work to each
/// other every 100 ns run *faster* on one core than on two. Hence
///
/// - a job is stolen only when its worker would not get to it soon: the worker makes no progress, or its backlog at its
///   present pace exceeds `worthMoving`;
/// - while some workers run and others are idle, one idle worker is the *sentinel*: it looks at the running workers every
///   50 µs to 1 ms, so that a backlog behind a long job is found without anybody being woken for every short one;
/// - with no worker running, all of them sleep without a time limit.
///
/// Flat memory behind a ``WorkerPoolPointer``, see ``Worker``.
struct WorkerPoolCore: ~Copyable {
  /// The backlog, in nanoseconds of work, for which another core is worth its cost.
  static let worthMoving: UInt64 = 5_000
  /// How long a worker without work looks around before it sleeps.
  static let searchTime: Int64 = 6_000
  static let firstLook: Int64 = 50_000
  static let rarestLook: Int64 = 1_000_000

  let injector = Injector()
  let count: Int
  let workers: UnsafeMutablePointer<Worker>
  /// The executor that jobs with a preference name.
  private let executor: UnownedTaskExecutor
  /// Whether this is the process-wide scheduler; set before any job runs.
  let isGlobal = Atomic<Bool>(false)
  /// The scheduler these workers belong to.
  let owner: Unmanaged<Scheduler>
  /// The scheduler's timers, kept while a worker runs.
  let timers: Unmanaged<Timers>

  private let lock = Lock()
  /// Protected by `lock`. In memory of its own: a `var` here would make its users exclusive owners of the whole pool.
  private let roster: UnsafeMutablePointer<Roster>
  private struct Roster {
    var idle: [WorkerPointer] = []
    var stopping = false
  }
  private let idleCount = Atomic<Int>(0)
  private let searching = Atomic<Int>(0)
  private let hasSentinel = Atomic<Bool>(false)
  /// Threads that run, and the scheduler: the last of them to go frees the memory.
  let users: Atomic<Int>

  init(workers count: Int, at address: WorkerPoolPointer, for scheduler: Scheduler) {
    self.count = count
    workers = .allocate(capacity: count)
    for index in 0..<count { (workers + index).initialize(to: Worker(index: index, pool: address)) }
    executor = scheduler.asUnownedTaskExecutor()
    owner = .passUnretained(scheduler)
    timers = .passRetained(scheduler.timers.timers)
    users = Atomic(count + 1)
    roster = .allocate(capacity: 1)
    roster.initialize(to: Roster())
    roster.pointee.idle.reserveCapacity(count)
  }
  deinit {
    timers.release()
    workers.deinitialize(count: count)
    workers.deallocate()
    roster.deinitialize(count: 1)
    roster.deallocate()
  }

  /// Runs a job with the identity it expects, see ``JobWord``.
  @inline(__always)
  func run(_ job: JobWord) {
    if job & 1 == 0 {
      crv_run_job(UnsafeMutableRawPointer(bitPattern: job)!)
    } else {
      unsafeBitCast(job & ~1, to: UnownedJob.self).runSynchronously(on: executor)
    }
  }

  // MARK: Arrival of work

  /// A job from a thread that is not one of the workers.
  func inject(_ job: JobWord) {
    injector.push(job)
    if idleCount.load(ordering: .sequentiallyConsistent) > 0,
      searching.load(ordering: .sequentiallyConsistent) == 0
    {
      wakeOne()
    }
  }

  /// Called by a worker that queued a job for itself.
  @inline(__always)
  func noticeWork(backlog: Int, pace: UInt64) {
    if idleCount.load(ordering: .relaxed) == 0 { return }
    if hasSentinel.load(ordering: .relaxed) {
      if UInt64(backlog) &* pace < Self.worthMoving { return }
    }
    if searching.load(ordering: .relaxed) == 0 { wakeOne() }
  }

  /// Wakes the worker that fell asleep last; false if none sleeps.
  @discardableResult
  func wakeOne() -> Bool {
    let worker = lock.withLock { () -> WorkerPointer? in
      guard let worker = roster.pointee.idle.popLast() else { return nil }
      idleCount.subtract(1, ordering: .sequentiallyConsistent)
      crv_store(worker.pointee.sleeping, 0)
      return worker
    }
    guard let worker else { return false }
    crv_futex_wake(worker.pointee.sleeping, 1)
    return true
  }

  // MARK: The list of idle workers

  enum Parking { case stop, sleep, watch }

  /// Lists a worker as idle, and tells what it shall do now.
  func list(_ worker: WorkerPointer) -> Parking {
    lock.withLock {
      if roster.pointee.stopping { return .stop }
      roster.pointee.idle.append(worker)
      crv_store(worker.pointee.sleeping, 1)
      idleCount.add(1, ordering: .sequentiallyConsistent)
      // The sentinel is there while somebody runs.
      if roster.pointee.idle.count == count || hasSentinel.load(ordering: .relaxed) { return .sleep }
      hasSentinel.store(true, ordering: .sequentiallyConsistent)
      return .watch
    }
  }

  /// Whether all workers are listed.
  var standsStill: Bool { idleCount.load(ordering: .relaxed) == count }

  /// Takes a worker off the list, if nobody has woken it in the meantime.
  func unlist(_ worker: WorkerPointer) {
    lock.withLock {
      if let index = roster.pointee.idle.firstIndex(of: worker) {
        roster.pointee.idle.remove(at: index)
        idleCount.subtract(1, ordering: .sequentiallyConsistent)
      }
      crv_store(worker.pointee.sleeping, 0)
    }
  }

  /// True, and there is no sentinel any more, if no worker runs.
  func dismissSentinelWhenAlone() -> Bool {
    lock.withLock {
      if roster.pointee.idle.count < count { return false }
      hasSentinel.store(false, ordering: .sequentiallyConsistent)
      return true
    }
  }
  func dismissSentinel() { hasSentinel.store(false, ordering: .sequentiallyConsistent) }

  func markStopping() { lock.withLock { roster.pointee.stopping = true } }

  /// Room for one more searcher: half of the workers at most, so that searching does not slow those that work.
  func beginSearch() -> Bool {
    if searching.load(ordering: .relaxed) * 2 >= max(1, count) { return false }
    searching.add(1, ordering: .sequentiallyConsistent)
    return true
  }
  func endSearch() { searching.subtract(1, ordering: .sequentiallyConsistent) }
}
