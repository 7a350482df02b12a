import CRevoada

/// What a goroutine waits for at the moment, so that its cancellation finds it.
///
/// The runtime's own way, a cancellation handler for each wait, costs as much as the wait: its record is
/// removed under a lock. A goroutine has one cell for its life instead. It finds the cell by the thread: whoever starts or
/// resumes a goroutine notes the cell there. A note can be out of date (the thread has gone on to another task),
/// so the cell names its task, which is compared with the current one. For that comparison to be safe, cells are pooled
/// and never returned to the allocator.
@usableFromInline
struct GoroutineCell: FreeListed {
  // First: what others touch at any time must not be, see ARCHITECTURE.md, "Rules".
  @usableFromInline var next: GoroutineCellPointer?
  /// The task of the goroutine while it runs, else 0.
  @usableFromInline var task: UInt = 0
  /// `idle`, `cancelled`, `cancelling`, `observed`, or the address of the wait node.
  @usableFromInline var waiting: UInt = 0
  /// The number of the goroutine whose end is awaited by something else than a node; 0 for none.
  var awaiting: UInt = 0

  @usableFromInline static let idle: UInt = 0
  @usableFromInline static let cancelled: UInt = 1
  @usableFromInline static let cancelling: UInt = 2
  /// Somebody looks at the wait just now, and will put the node's address back.
  static let observed: UInt = 3

  /// How many are allocated together: malloc's own word for each would make them half as large again.
  private static let batch = 32
}

@usableFromInline typealias GoroutineCellPointer = UnsafeMutablePointer<GoroutineCell>

extension GoroutineCell {
  /// The cell of the goroutine that this code runs in; nil in other tasks, and in a goroutine that has been
  /// suspended by something else than our own waits since.
  @inlinable @inline(__always)
  static var ofCurrentTask: GoroutineCellPointer? {
    guard let cell = crv_last_cell()?.assumingMemoryBound(to: GoroutineCell.self),
      let task = crv_current_task(), crv_load_word(&cell.pointee.task) == UInt(bitPattern: task)
    else { return nil }
    return cell
  }

  /// A cell for a new goroutine.
  static func take() -> GoroutineCellPointer {
    if let worker = WorkerPointer.current, let cell = worker.pointee.cells.take() { return cell }
    if let cell = shared.take() { return cell }
    let cells = GoroutineCellPointer.allocate(capacity: batch)
    for index in 0..<batch { (cells + index).initialize(to: GoroutineCell()) }
    for index in 1..<batch { keep(cells + index) }
    return cells
  }

  static let shared = SharedFreeList<GoroutineCell>()

  /// Keeps a cell for the next goroutine.
  fileprivate static func keep(_ cell: GoroutineCellPointer) {
    if let worker = WorkerPointer.current, worker.pointee.cells.keep(cell) { return }
    shared.keep(cell)
  }
}

extension UnsafeMutablePointer<GoroutineCell> {
  /// Called in the goroutine's task when it starts.
  func begin() {
    crv_store_word(&pointee.task, UInt(bitPattern: crv_current_task()))
    crv_set_last_cell(self)
  }

  /// Called in the goroutine's task when it ends: nobody else knows the cell any more.
  func end(isWatched: Bool) {
    crv_store_word(&pointee.task, 0)
    crv_store_word(&pointee.waiting, GoroutineCell.idle)
    if isWatched { GoroutineCell.keepWatched(self) } else { GoroutineCell.keep(self) }
  }

  /// Publishes the wait; false if the goroutine is cancelled, and must not wait.
  @inlinable @inline(__always)
  func beginWait(_ node: Waiter) -> Bool {
    crv_replace_word(&pointee.waiting, GoroutineCell.idle, UInt(bitPattern: node))
  }

  /// Takes the wait back, if it has begun. If a cancellation is at it just now, or somebody looks at it, waits until
  /// they have let go of the node.
  @inlinable @inline(__always)
  func endWait(_ node: Waiter) {
    if crv_replace_word(&pointee.waiting, UInt(bitPattern: node), GoroutineCell.idle) { return }
    settleWait(node)
  }

  @usableFromInline
  func settleWait(_ node: Waiter) {
    while true {
      switch crv_load_word(&pointee.waiting) {
      case GoroutineCell.idle, GoroutineCell.cancelled: return
      case GoroutineCell.cancelling, GoroutineCell.observed: crv_yield_thread()
      default:
        if crv_replace_word(&pointee.waiting, UInt(bitPattern: node), GoroutineCell.idle) { return }
      }
    }
  }

  /// Publishes that the goroutine waits for the end of another by something else than a node.
  func beginAwait(_ goroutine: UInt64) { crv_store_word(&pointee.awaiting, UInt(goroutine)) }
  /// Takes that back; called in the same goroutine.
  func endAwait() {
    crv_store_word(&pointee.awaiting, 0)
    crv_set_last_cell(self)
  }

  /// Cancels the present wait and all later ones. The caller keeps the goroutine from ending meanwhile.
  func cancel() {
    while true {
      let waiting = crv_load_word(&pointee.waiting)
      if waiting == GoroutineCell.cancelled || waiting == GoroutineCell.cancelling { return }
      if waiting == GoroutineCell.observed {
        crv_yield_thread()
        continue
      }
      guard crv_replace_word(&pointee.waiting, waiting, GoroutineCell.cancelling) else { continue }
      Waiter(bitPattern: waiting)?.cancelWait()
      crv_store_word(&pointee.waiting, GoroutineCell.cancelled)
      return
    }
  }
}
