import CRevoada
import Synchronization

/// A work-stealing scheduler: a fixed set of threads that run Swift's concurrency jobs.
///
/// Install one for the whole process, first thing in `main`:
///
/// ```swift
/// Scheduler.installGlobally()
/// ```
///
/// Plain `Task`, task groups, `async let`, actors and `Task.sleep` then run on it too. Or keep one of your own and
/// name it as a task's executor, which costs more at each suspension, because the runtime looks the
/// preference up each time:
///
/// ```swift
/// let scheduler = Scheduler(workers: 2)
/// let task = Task(executorPreference: scheduler) { work() }
/// ```
///
/// **Where the process-wide hook is absent.** `installGlobally` uses the executor hooks of the Swift 6.3 runtime on
/// Linux. On a runtime without them it returns `false` and changes nothing; goroutines started by `spawn(name:_:)`
/// then run on a shared scheduler by executor preference, which is slower but otherwise the same.
///
/// **Blocking.** A job that blocks its thread (a file read, a C library's call, a lock held long) takes a worker away; hand
/// such calls to ``offload(_:)``. Idle workers sleep: a process that has nothing to do uses no CPU.
///
/// **Order and fairness.** The job made ready last runs next on the same worker (its data is in that core's cache), at most
/// 32 times in a row while others wait; all other jobs run in the order in which they became ready. Task
/// priorities are ignored. Swift jobs are not pre-empted: one that computes for long keeps its worker until it suspends.
public final class Scheduler: TaskExecutor {
  /// The address of the workers, which outlive this object by as long as their last jobs take.
  private let pool: UInt
  let timers: TimerThread
  /// Whether jobs of the process's global executor come here.
  private let installed = Atomic<Bool>(false)

  /// Creates a scheduler and starts its threads. They end when the scheduler is released and their work is done.
  ///
  /// - Parameter workers: the number of threads; by default the number of cores; less than 1 counts as 1.
  public convenience init(workers: Int = Scheduler.availableCores) {
    self.init(workers: workers, clock: SystemTimeSource())
  }

  init(workers: Int, clock: any TimeSource) {
    let workers = max(1, workers)
    timers = TimerThread(clock: clock)
    let core = WorkerPoolPointer.allocate(capacity: 1)
    pool = UInt(bitPattern: core)
    core.initialize(to: WorkerPoolCore(workers: workers, at: core, for: self))
    core.start()
  }
  deinit {
    core.stop()
    timers.stop()
  }

  @inline(__always)
  var core: WorkerPoolPointer { WorkerPoolPointer(bitPattern: pool).unsafelyUnwrapped }

  /// Receives a job; called by the Swift runtime for tasks that name this scheduler as their executor.
  public func enqueue(_ job: consuming ExecutorJob) {
    let word = unsafeBitCast(UnownedJob(job), to: JobWord.self)
    // The global scheduler is the default executor: its jobs need no preference to come back.
    enqueue(installed.load(ordering: .relaxed) ? word : word | 1)
  }

  /// Queues a job that became ready.
  @inline(__always)
  func enqueue(_ job: JobWord) {
    if let worker = WorkerPointer.current, worker.pointee.pool == core {
      worker.pointee.enqueueNext(job)
    } else {
      core.pointee.inject(job)
    }
  }

  /// Queues a job behind those that wait.
  func enqueueLast(_ job: JobWord) {
    if let worker = WorkerPointer.current, worker.pointee.pool == core {
      worker.pointee.enqueueLast(job)
    } else {
      core.pointee.inject(job)
    }
  }

  // MARK: The process-wide scheduler

  /// Makes one scheduler the executor of everything in this process that names no other. Call it first thing in `main`.
  ///
  /// - Parameter workers: the number of threads; by default the number of cores; less than 1 counts as 1.
  /// - Returns: false if one is installed already (its workers stay as they are), or if this runtime has no hook.
  @discardableResult
  public static func installGlobally(workers: Int = Scheduler.availableCores) -> Bool {
    GlobalScheduler.install(workers: max(1, workers))
  }

  /// The scheduler installed for the process, if any.
  public static var global: Scheduler? { GlobalScheduler.installed }

  /// The number of cores this process may use.
  public static let availableCores = Int(crv_available_cores())

  func markInstalled() {
    core.pointee.isGlobal.store(true, ordering: .relaxed)
    installed.store(true, ordering: .relaxed)
  }
}
