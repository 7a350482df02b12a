import CRevoada
import Synchronization

/// What all goroutines have, whatever their result.
@usableFromInline
final class GoroutineCore: Sendable {
  let id: UInt64
  let name: String?
  private let site: SpawnSite
  private let completion = Completion()
  private let observed = Atomic<Bool>(false)
  /// Written once, by the spawner.
  @exclusivity(unchecked) @usableFromInline nonisolated(unsafe) var task: Task<Void, Never>?
  /// The address of the cell; 0 when the goroutine has ended, 1 while a cancellation uses the cell.
  private let cell: Atomic<UInt>
  private static let lastID = Atomic<UInt64>(0)

  @usableFromInline
  init(name: String?, site: SpawnSite) {
    id = Self.lastID.add(1, ordering: .relaxed).newValue
    self.name = name
    self.site = site
    cell = Atomic(UInt(bitPattern: GoroutineCell.take()))
  }

  /// The executor that a new goroutine must name: none where the process-wide scheduler runs it anyway.
  @usableFromInline
  static var executor: (any TaskExecutor)? {
    if let worker = WorkerPointer.current {
      let pool = worker.pointee.pool
      return pool.pointee.isGlobal ? nil : pool.pointee.owner.takeUnretainedValue()
    }
    if let simulation = SimulatedExecutor.current { return simulation }
    return GlobalScheduler.isInstalled ? nil : Self.fallback
  }
  /// Runs goroutines where no scheduler is installed for the whole process.
  private static let fallback = Scheduler()

  /// Called in the goroutine's task, first thing.
  @usableFromInline
  func begin() { GoroutineCellPointer(bitPattern: cell.load(ordering: .relaxed))?.begin() }

  /// Called in the goroutine's task, last thing: its outcome is set.
  @usableFromInline
  func end() {
    var word = cell.load(ordering: .relaxed)
    while true {
      if word == 1 {  // a cancellation is looking at the cell just now
        crv_yield_thread()
        word = cell.load(ordering: .relaxed)
        continue
      }
      let (exchanged, current) = cell.compareExchange(
        expected: word, desired: 0, ordering: .acquiringAndReleasing)
      if exchanged { break }
      word = current
    }
    GoroutineCellPointer(bitPattern: word)?.end()
    completion.complete()
  }

  /// False if the waiting task was cancelled first.
  @usableFromInline
  func wait() async -> Bool {
    if !completion.isDone, await completion.wait() == .cancelled { return false }
    markObserved()
    return true
  }
  func markObserved() { observed.store(true, ordering: .relaxed) }

  @usableFromInline
  func cancel() {
    task?.cancel()
    let word = cell.load(ordering: .relaxed)
    guard word > 1, cell.compareExchange(expected: word, desired: 1, ordering: .acquiring).exchanged else {
      return  // it has ended, or another cancellation is at it
    }
    GoroutineCellPointer(bitPattern: word)?.cancel()
    cell.store(word, ordering: .releasing)
  }

  @usableFromInline
  func reportUnlessObserved(_ error: any Error) {
    if observed.load(ordering: .relaxed) || error is CancellationError { return }
    UnhandledErrors.report(error, goroutine: id, name: name, site: site)
  }
}

/// Where a goroutine was spawned.
@usableFromInline
struct SpawnSite: Sendable, CustomStringConvertible {
  let fileID: StaticString
  let line: UInt
  @usableFromInline
  init(fileID: StaticString, line: UInt) {
    self.fileID = fileID
    self.line = line
  }
  @usableFromInline var description: String { "\(fileID):\(line)" }
}
