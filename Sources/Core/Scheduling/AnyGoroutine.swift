import CRevoada
import Synchronization

/// What all goroutines have, whatever their result: an identity and a way to cancel them.
///
/// The superclass of ``Goroutine``, so that a goroutine costs one object.
public class AnyGoroutine: @unchecked Sendable {
  // Sendable: `task` is written once, by the spawner; the rest is constant or atomic.

  /// Unique in this process.
  public final let id: UInt64
  /// The name given to `spawn`.
  public final let name: String?
  private final let site: SpawnSite
  private final let completion = Completion()
  private final let observed = Atomic<Bool>(false)
  @exclusivity(unchecked) @usableFromInline final var task: Task<Void, Never>?
  /// The address of the cell; 0 when the goroutine has ended, 1 while a cancellation uses the cell.
  private final let cell: Atomic<UInt>
  private static let lastID = Atomic<UInt64>(0)

  @usableFromInline
  init(name: String?, site: SpawnSite) {
    id = Self.lastID.add(1, ordering: .relaxed).newValue
    self.name = name
    self.site = site
    cell = Atomic(UInt(bitPattern: GoroutineCell.take()))
  }

  /// Cancels the goroutine's task: its present wait, and all later ones, end with `CancellationError`.
  public final func cancel() {
    task?.cancel()
    let word = cell.load(ordering: .relaxed)
    guard word > 1, cell.compareExchange(expected: word, desired: 1, ordering: .acquiring).exchanged else {
      return  // it has ended, or another cancellation is at it
    }
    GoroutineCellPointer(bitPattern: word)?.cancel()
    cell.store(word, ordering: .releasing)
  }

  /// The executor that a new goroutine must name: none where the process-wide scheduler runs it anyway.
  @usableFromInline
  static var executor: (any TaskExecutor)? {
    if let currentHost { return currentHost }
    if let worker = WorkerPointer.current {
      let pool = worker.pointee.pool
      return pool.pointee.isGlobal.load(ordering: .relaxed) ? nil : pool.pointee.owner.takeUnretainedValue()
    }
    return GlobalScheduler.isInstalled ? nil : Self.fallback
  }
  /// Runs goroutines where no scheduler is installed for the whole process.
  private static let fallback = Scheduler()

  /// Called in the goroutine's task, first thing.
  @usableFromInline
  final func begin() {
    var word = cell.load(ordering: .acquiring)
    while word == 1 {  // a cancellation is looking at the cell just now
      crv_yield_thread()
      word = cell.load(ordering: .acquiring)
    }
    GoroutineCellPointer(bitPattern: word)?.begin()
  }

  /// Called in the goroutine's task, last thing: its outcome is set.
  @usableFromInline
  final func end() {
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
  nonisolated(nonsending)
    final func wait() async -> Bool
  {
    if !completion.isDone, await completion.wait() == .cancelled { return false }
    markObserved()
    return true
  }

  final func markObserved() { observed.store(true, ordering: .relaxed) }

  @usableFromInline
  final func reportUnlessObserved(_ error: any Error) {
    if observed.load(ordering: .relaxed) || error is CancellationError { return }
    UnhandledErrors.report(error, goroutine: id, name: name, site: site)
  }
}

/// Where a goroutine was spawned.
@usableFromInline
struct SpawnSite: Sendable, CustomStringConvertible {
  // `StaticString` with its line would take twice the room in every goroutine.
  private let file: UInt
  private let length: UInt32
  private let line: UInt32

  @usableFromInline
  init(fileID: StaticString, line: UInt) {
    // Literals of `#fileID` are always pointers to constant text.
    file = UInt(bitPattern: fileID.utf8Start)
    length = UInt32(fileID.utf8CodeUnitCount)
    self.line = UInt32(truncatingIfNeeded: line)
  }

  @usableFromInline var description: String {
    let text = UnsafeBufferPointer(start: UnsafePointer<UInt8>(bitPattern: file), count: Int(length))
    return "\(String(decoding: text, as: UTF8.self)):\(line)"
  }
}
