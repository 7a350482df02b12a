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
  package final let site: SpawnSite
  private final let completion = Completion()
  private final let observed = Atomic<Bool>(false)
  /// Whether it was spawned while somebody watched; see ``Watching``.
  final let isWatched: Bool
  @exclusivity(unchecked) @usableFromInline final var task: Task<Void, Never>?
  /// The address of the cell; 0 when the goroutine has ended, 1 while a cancellation uses the cell, 2 while somebody looks at it.
  private final let cell: Atomic<UInt>
  private static let lastID = Atomic<UInt64>(0)

  @usableFromInline
  init(name: String?, site: SpawnSite) {
    id = Self.lastID.add(1, ordering: .relaxed).newValue
    self.name = name
    self.site = site
    let isWatched = Watching.isOn
    self.isWatched = isWatched
    let cell = isWatched ? GoroutineCell.takeWatched() : GoroutineCell.take()
    self.cell = Atomic(UInt(bitPattern: cell))
    if isWatched { beginWatch(cell) }
  }

  /// What the goroutine threw, once it has ended.
  @usableFromInline
  var failure: (any Error)? { nil }

  /// Cancels the goroutine's task: its present wait, and all later ones, end with `CancellationError`.
  public final func cancel() {
    task?.cancel()
    guard let cell = pinCell(cancelling: true) else { return }
    cell.cancel()
    unpin(cell)
  }

  /// Keeps the goroutine from ending until ``unpin(_:)``; nil if it has ended, or another cancellation is at it.
  final func pinCell(cancelling: Bool = false) -> GoroutineCellPointer? {
    while true {
      let word = cell.load(ordering: .relaxed)
      if word <= 1 { return nil }
      if word == 2 {
        crv_yield_thread()
        continue
      }
      if cell.compareExchange(expected: word, desired: cancelling ? 1 : 2, ordering: .acquiring).exchanged {
        return GoroutineCellPointer(bitPattern: word)
      }
    }
  }
  final func unpin(_ cell: GoroutineCellPointer) {
    self.cell.store(UInt(bitPattern: cell), ordering: .releasing)
  }

  /// Whether the goroutine has ended.
  package final var hasEnded: Bool { cell.load(ordering: .acquiring) == 0 }

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
    while word <= 2 {  // a cancellation, or somebody who watches, is looking at the cell just now
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
      if word <= 2 {  // a cancellation, or somebody who watches, is looking at the cell just now
        crv_yield_thread()
        word = cell.load(ordering: .relaxed)
        continue
      }
      let (exchanged, current) = cell.compareExchange(
        expected: word, desired: 0, ordering: .acquiringAndReleasing)
      if exchanged { break }
      word = current
    }
    // Nobody else uses the cell from here on.
    if let cell = GoroutineCellPointer(bitPattern: word) {
      if isWatched { endWatch(cell) }
      cell.end(isWatched: isWatched)
    }
    completion.complete()
  }

  /// False if the waiting task was cancelled first.
  @usableFromInline
  nonisolated(nonsending)
    final func wait() async -> Bool
  {
    if !completion.isDone, await completion.wait(WaitAbout(goroutine: id)) == .cancelled { return false }
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
package struct SpawnSite: Sendable, CustomStringConvertible {
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

  @usableFromInline package var description: String {
    let text = UnsafeBufferPointer(start: UnsafePointer<UInt8>(bitPattern: file), count: Int(length))
    return "\(String(decoding: text, as: UTF8.self)):\(line)"
  }
}
