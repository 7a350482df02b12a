import RevoadaScheduling
import Synchronization

/// What all tasks of pools have, whatever their results: an identity and a way to cancel them.
///
/// The superclass of ``PoolTask``, so that the pool's machinery is compiled once.
public class AnyPoolTask: @unchecked Sendable {  // what changes is protected by the pool's lock
  /// Unique in this process.
  public final let id: UInt64
  private final let core: PoolCore
  /// Whether the outcome goes to the pool's results, instead of a handle.
  @usableFromInline final let isStreamed: Bool
  /// The goroutine that brings the submitter's task-local values, if there are any.
  final var carrier: TaskCarrier?
  final let completion = Completion()

  // MARK: Protected by the pool's lock

  /// The life of a task.
  enum Phase: UInt8 {
    /// Its submit waits for room in the queue. It may run even so, if its key or its priority brings it to the front.
    case waiting
    /// It waits for a worker.
    case queued
    /// A worker runs it.
    case running
    /// It has run, and its outcome is on its way to the reader of the results.
    case delivering
    /// It has run, or never will.
    case ended
  }
  @exclusivity(unchecked) final var phase = Phase.waiting
  /// The waiter of the suspended submit; valid as long as it is set.
  @exclusivity(unchecked) final var submitter: Waiter?
  /// Why a suspended submit is refused.
  @exclusivity(unchecked) final var refusal: PoolError?
  @exclusivity(unchecked) final var lane: FairQueue<AnyPoolTask>.Lane?
  /// Who runs it.
  @exclusivity(unchecked) final var worker: PoolWorker?
  @exclusivity(unchecked) final var cancellation: PoolCancellation?
  @exclusivity(unchecked) final var submittedAt: Int64 = 0
  @exclusivity(unchecked) final var startedAt: Int64 = 0

  private static let lastID = Atomic<UInt64>(0)

  @usableFromInline
  init(core: PoolCore, isStreamed: Bool) {
    id = Self.nextID()
    self.core = core
    self.isStreamed = isStreamed
  }

  /// An identity that no other task or outcome of this process has.
  static func nextID() -> UInt64 { lastID.add(1, ordering: .relaxed).newValue }

  /// Many of them, for one access to the counter.
  static func nextIDs() -> Range<UInt64> {
    let first = lastID.add(1024, ordering: .relaxed).oldValue + 1
    return first..<first + 1024
  }

  /// Cancels the task. While it is queued, it leaves the queue and never runs; while it runs, its code is cancelled, and decides how it
  /// ends. Afterwards nothing happens.
  public final func cancel() { core.cancel(self, .asked) }

  /// Suspends until the task has ended. False if the waiting task was cancelled first.
  @usableFromInline
  nonisolated(nonsending)
    final func hasEnded() async -> Bool
  {
    if completion.isDone { return true }
    return await completion.wait() != .cancelled
  }

  /// Sets the failure of a task that will not run, or that failed because it ran too long.
  func fail(_ error: any Error) {}
}

extension AnyPoolTask: Withdrawable {
  final var isWithdrawn: Bool { phase == .ended }
}

/// Why a running task is cancelled.
enum PoolCancellation {
  case asked
  case timedOut
}

/// One of a pool's workers.
@usableFromInline
final class PoolWorker: @unchecked Sendable {  // what changes is protected by the pool's lock
  /// Its number in the pool.
  let index: Int
  /// Set once it has been started.
  @exclusivity(unchecked) var goroutine: AnyGoroutine?
  /// Whether the goroutine is to be cancelled as soon as it is known.
  @exclusivity(unchecked) var isCancelled = false

  /// The task that it runs.
  @exclusivity(unchecked) var task: AnyPoolTask?
  /// Whether it runs inputs that have no task.
  @exclusivity(unchecked) var hasInputs = false
  /// Whether it has been called to look for something to do, and has not yet.
  @exclusivity(unchecked) var isCalled = false

  // Touched by the worker alone:

  /// The number of tasks at which there may be something to report.
  @exclusivity(unchecked) var nextMark = 0
  /// What it has run since it let others have the thread.
  @exclusivity(unchecked) var turns = 0
  /// How many inputs it takes at a time; see ``InputLine``.
  @exclusivity(unchecked) @usableFromInline var batch = 1

  init(index: Int) { self.index = index }

  func take(_ task: AnyPoolTask) {
    self.task = task
    task.worker = self
  }
}

/// A goroutine that has its submitter's task-local values and waits to run one task.
final class TaskCarrier: @unchecked Sendable {  // `goroutine` is set before the task is queued
  let gate = Completion()
  @exclusivity(unchecked) var goroutine: Goroutine<(any Error)?>?
}

/// Whose task it is; in a box, because most tasks have no key and an `AnyHashable` is five words to move.
@usableFromInline
final class PoolKey: @unchecked Sendable {  // made of a `Sendable` value
  let value: AnyHashable

  @usableFromInline
  init?(_ key: (any Hashable & Sendable)?) {
    guard let key else { return nil }
    value = AnyHashable(key)
  }
}
