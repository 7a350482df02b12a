import CRevoada

#if os(Linux)
  @_spi(ExperimentalCustomExecutors) @_spi(ExperimentalScheduling) import _Concurrency
#endif

/// The process-wide scheduler and its place in the Swift runtime.
///
/// Two doors lead from the runtime to its global executor, and both are taken:
/// - the exported hook variables (`swift_task_enqueueGlobal_hook` and its two siblings for delays), through which resumed
///   continuations, new tasks and actors come: the fast one;
/// - the default executor of `swift_createExecutors`, to which `Task.yield` and `Task.sleep` go without asking the hooks.
enum GlobalScheduler {
  private static let current = Guarded<Scheduler?>(nil)
  /// Read on every enqueue, so a plain variable: set once, before the hooks are.
  nonisolated(unsafe) fileprivate static var fast: Unmanaged<Scheduler>?

  static var installed: Scheduler? { current.withLock { $0 } }
  static var isInstalled: Bool { fast != nil }

  static func install(workers: Int) -> Bool {
    current.withLock { current in
      if current != nil { return false }
      let scheduler = Scheduler(workers: workers)
      scheduler.markInstalled()
      fast = Unmanaged.passRetained(scheduler)
      let hooked = crv_install_hooks(
        { job in GlobalScheduler.enqueue(job) },
        { job, delay in GlobalScheduler.enqueue(job, after: delay) })
      guard hooked else {
        fast?.release()
        fast = nil
        return false
      }
      #if os(Linux)
        _createExecutors(factory: Factory.self)
      #endif
      current = scheduler
      return true
    }
  }

  @inline(__always)
  private static func enqueue(_ job: UnsafeMutableRawPointer) {
    fast.unsafelyUnwrapped._withUnsafeGuaranteedRef { $0.enqueue(JobWord(bitPattern: job)) }
  }

  private static func enqueue(_ job: UnsafeMutableRawPointer, after delay: UInt64) {
    let word = JobWord(bitPattern: job)
    guard let scheduler = fast?.takeUnretainedValue() else { return }
    scheduler.timers.schedule(after: Int64(clamping: delay)) { [unowned scheduler] in
      scheduler.enqueueLast(word)
    }
  }
}

#if os(Linux)
  /// Installs ``YieldingExecutor`` as `Task.defaultExecutor`, keeping the platform's main executor.
  private enum Factory: ExecutorFactory {
    static var mainExecutor: any MainExecutor { PlatformExecutorFactory.mainExecutor }
    static var defaultExecutor: any TaskExecutor { shared }
    private static let shared = YieldingExecutor()
  }

  /// The default executor: what comes here and not through the hook is a task that yields, so it goes last.
  private final class YieldingExecutor: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
      let word = unsafeBitCast(UnownedJob(job), to: JobWord.self)
      GlobalScheduler.fast.unsafelyUnwrapped._withUnsafeGuaranteedRef { $0.enqueueLast(word) }
    }
  }
#endif
