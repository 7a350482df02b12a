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
  /// `idle`, `cancelled`, `cancelling`, or the address of the wait node.
  @usableFromInline var waiting: UInt = 0

  @usableFromInline static let idle: UInt = 0
  @usableFromInline static let cancelled: UInt = 1
  @usableFromInline static let cancelling: UInt = 2
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
    let cell = GoroutineCellPointer.allocate(capacity: 1)
    cell.initialize(to: GoroutineCell())
    return cell
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
  func end() {
    crv_store_word(&pointee.task, 0)
    crv_store_word(&pointee.waiting, GoroutineCell.idle)
    GoroutineCell.keep(self)
  }

  /// Publishes the wait; false if the goroutine is cancelled, and must not wait.
  @inlinable @inline(__always)
  func beginWait(_ node: Waiter) -> Bool {
    crv_replace_word(&pointee.waiting, GoroutineCell.idle, UInt(bitPattern: node))
  }

  /// Takes the wait back. If a cancellation is at it just now, waits until it has let go of the node.
  @inlinable @inline(__always)
  func endWait(_ node: Waiter) {
    if crv_replace_word(&pointee.waiting, UInt(bitPattern: node), GoroutineCell.idle) { return }
    awaitCancellation()
  }

  /// The same for a select, whose wait may never have begun.
  func endSelect(_ node: Waiter) {
    if crv_replace_word(&pointee.waiting, UInt(bitPattern: node), GoroutineCell.idle) { return }
    if crv_load_word(&pointee.waiting) == GoroutineCell.cancelling { awaitCancellation() }
  }

  @usableFromInline
  func awaitCancellation() {
    while crv_load_word(&pointee.waiting) != GoroutineCell.cancelled { crv_yield_thread() }
  }

  /// Cancels the present wait and all later ones. The caller keeps the goroutine from ending meanwhile.
  func cancel() {
    while true {
      let waiting = crv_load_word(&pointee.waiting)
      if waiting == GoroutineCell.cancelled || waiting == GoroutineCell.cancelling { return }
      guard crv_replace_word(&pointee.waiting, waiting, GoroutineCell.cancelling) else { continue }
      Waiter(bitPattern: waiting)?.cancelWait()
      crv_store_word(&pointee.waiting, GoroutineCell.cancelled)
      return
    }
  }
}
