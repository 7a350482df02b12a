import CRevoada

/// How a wait ended.
@usableFromInline
package enum WaitOutcome: UInt8, Sendable {
  /// Still waiting, or never waited.
  case pending
  /// The thing waited for was handed over.
  case granted
  /// A lock that usually is competed for was handed over.
  case handedOver
  /// The primitive was closed or broken.
  case closed
  /// The waiting task was cancelled first.
  case cancelled
}

/// One party that waits in one queue of one primitive.
///
/// Flat memory, pooled per worker, because each suspension needs one. A node belongs to its waiter from
/// ``take()`` to ``recycle()``; while it is queued, the primitive's lock protects every field but `phase`.
@usableFromInline
package struct WaitNode {
  /// First word: what the runtime's cancellation calls, see `crv_add_cancellation_handler`.
  @usableFromInline var onCancel: @convention(c) (UnsafeMutableRawPointer) -> Void
  @usableFromInline var next: UnsafeMutablePointer<WaitNode>?
  @usableFromInline var previous: UnsafeMutablePointer<WaitNode>?
  @usableFromInline var lock: UnsafeMutablePointer<crv_lock>?
  @usableFromInline var queue: UnsafeMutablePointer<WaitQueue>?
  @usableFromInline var continuation: UnsafeContinuation<Void, Never>?
  /// The select that this node is one case of, if any; it owns the nodes of its cases.
  @usableFromInline var select: SelectPointer?
  /// What a node that is neither a task nor a select does when it is woken.
  @usableFromInline var wake: (@Sendable () -> Void)?
  /// Registering, published or cancelled: decides between a cancellation and the waiter that is about to queue.
  @usableFromInline var phase: UInt8 = 0
  @usableFromInline package var outcome = WaitOutcome.pending
  @usableFromInline package var isQueued = false
  /// Whether the node joins the queue at its head: a waiter that comes back.
  @usableFromInline package var joinsFront = false
  /// The case of the select.
  @usableFromInline package var index: Int32 = 0
  /// What is wanted: permits, read or write, …
  @usableFromInline package var amount = 0
  /// The memory of an element on its way that does not fit behind the node; see ``Swift/UnsafeMutablePointer/slot(for:)``.
  @usableFromInline var outOfLine: UnsafeMutableRawPointer?

  init() {
    onCancel = { WaitNode.cancelled($0) }
  }
}

@usableFromInline package typealias Waiter = UnsafeMutablePointer<WaitNode>

extension WaitNode {
  // Phases.
  @usableFromInline static let registering: UInt8 = 0
  @usableFromInline static let published: UInt8 = 1
  @usableFromInline static let cancelledPhase: UInt8 = 2
  /// Of a node whose wait needs no phase: somebody has looked at it.
  static let seen: UInt8 = 3

  /// A node for one wait.
  @usableFromInline
  package static func take() -> Waiter {
    if let worker = WorkerPointer.current, let node = worker.pointee.takeNode() { return node }
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: MemoryLayout<WaitNode>.stride + slotSize, alignment: slotAlignment)
    let node = memory.bindMemory(to: WaitNode.self, capacity: 1)
    node.initialize(to: WaitNode())
    return node
  }

  /// The room for an element behind each node.
  @usableFromInline static let slotSize = 32
  @usableFromInline static let slotAlignment = 16

  /// Runs on the thread that cancels the task, inside the runtime's lock of the task's status.
  private static func cancelled(_ pointer: UnsafeMutableRawPointer) {
    let node = pointer.assumingMemoryBound(to: WaitNode.self)
    if crv_exchange_byte(&node.pointee.phase, cancelledPhase) == published { node.cancelWait() }
  }
}

extension UnsafeMutablePointer<WaitNode> {
  /// Where an element waits with its sender, or is put for its receiver: uninitialised memory until one of them
  /// initialises it. Right behind the node if it fits, else allocated by ``prepareSlot(size:alignment:)``.
  @inlinable @inline(__always)
  package func slot(size: Int, alignment: Int) -> UnsafeMutableRawPointer {
    if size <= 32 && alignment <= 16 { return UnsafeMutableRawPointer(self + 1) }
    return pointee.outOfLine.unsafelyUnwrapped
  }
  @inlinable @inline(__always)
  package func slot<Element: ~Copyable>(for type: Element.Type) -> UnsafeMutablePointer<Element> {
    slot(size: MemoryLayout<Element>.size, alignment: MemoryLayout<Element>.alignment)
      .assumingMemoryBound(to: Element.self)
  }

  /// Makes room for an element that does not fit behind the node.
  @inlinable @inline(__always)
  package func prepareSlot(size: Int, alignment: Int) {
    if size <= 32 && alignment <= 16 { return }
    pointee.outOfLine = .allocate(byteCount: size, alignment: alignment)
  }
  @inlinable @inline(__always)
  package func prepareSlot<Element: ~Copyable>(for type: Element.Type) {
    prepareSlot(size: MemoryLayout<Element>.size, alignment: MemoryLayout<Element>.alignment)
  }

  /// Gives the node back. The waiter no longer needs it and no queue holds it.
  @usableFromInline
  package func recycle() {
    pointee.select = nil
    pointee.phase = WaitNode.registering
    pointee.outcome = .pending
    pointee.continuation = nil
    if pointee.wake != nil { pointee.wake = nil }
    if let memory = pointee.outOfLine {
      memory.deallocate()
      pointee.outOfLine = nil
    }
    if let worker = WorkerPointer.current, worker.pointee.keepNode(self) { return }
    free()
  }

  /// Makes the node a case of a select that waits in `queue`.
  package func joinSelect(_ state: SelectPointer, index: Int32, queue: UnsafeMutablePointer<WaitQueue>) {
    pointee.select = state
    pointee.index = index
    pointee.queue = queue
  }

  /// With the primitive's lock held: leaves the queue, if still in it.
  package func leaveQueue() {
    if pointee.isQueued { pointee.queue?.pointee.remove(self) }
  }

  func free() {
    deinitialize(count: 1)
    UnsafeMutableRawPointer(self).deallocate()
  }

  /// Whether the node is a case of a select.
  package var isSelectCase: Bool { pointee.select != nil }

  // For those who look at the waits of goroutines.

  /// The select that the node stands for, or is a case of.
  package var select: SelectPointer? { pointee.select }
  /// Where the node waits, and the lock over it.
  package var queue: UnsafeMutablePointer<WaitQueue>? { pointee.queue }
  package var lock: UnsafeMutablePointer<crv_lock>? { pointee.lock }
  /// With the lock held: who is to be served before.
  package var predecessor: Waiter? { pointee.previous }

  /// Marks a goroutine's wait until the node is given back; true if it was marked already. The goroutine must be kept in its wait.
  package func markSeen() -> Bool {
    // A goroutine's own node does not use its phase; `recycle` resets it.
    if pointee.phase == WaitNode.seen { return true }
    pointee.phase = WaitNode.seen
    return false
  }

  /// Waits in `queue` until somebody takes the node out of it and wakes it, or the task is cancelled.
  ///
  /// Called with `lock` held, which is released before the task suspends.
  @inlinable @inline(__always)
  nonisolated(nonsending)
    package func park(in queue: UnsafeMutablePointer<WaitQueue>, lock: UnsafeMutablePointer<crv_lock>) async
  {
    pointee.lock = lock
    pointee.queue = queue
    guard let cell = GoroutineCell.ofCurrentTask else {
      return await parkInAnyTask()
    }
    guard cell.beginWait(self) else {
      pointee.outcome = .cancelled
      return crv_lock_release(lock)
    }
    await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
      appendAndRelease(queue, lock, continuation)
    }
    crv_awaited()
    cell.endWait(self)
    crv_set_last_cell(cell)
  }

  /// Not inlined, so that after the release nothing is read from the frame of the task, which may have gone on by then.
  @usableFromInline @inline(never)
  func appendAndRelease(
    _ queue: UnsafeMutablePointer<WaitQueue>, _ lock: UnsafeMutablePointer<crv_lock>,
    _ continuation: UnsafeContinuation<Void, Never>
  ) {
    pointee.continuation = continuation
    queue.pointee.append(self)
    crv_lock_release(lock)
  }

  /// `park` in a task that is not a goroutine of ours: it registers with the runtime for each wait, which costs as much
  /// again as the wait.
  ///
  /// It stays on the caller's executor, as `park` does: a change of executors with the lock held would let those who
  /// wait for the lock block the threads that the change needs.
  @usableFromInline
  nonisolated(nonsending)
    func parkInAnyTask() async
  {
    // A task that is cancelled already calls the handler right here, under the lock: `phase` tells it to keep off.
    let record = crv_add_cancellation_handler(self)
    await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
      let lock = pointee.lock.unsafelyUnwrapped
      if crv_publish_byte(&pointee.phase, WaitNode.registering, WaitNode.published) {
        appendAndRelease(pointee.queue.unsafelyUnwrapped, lock, continuation)
      } else {
        pointee.outcome = .cancelled
        crv_lock_release(lock)
        continuation.resume()
      }
    }
    crv_awaited()
    crv_remove_cancellation_handler(record)
  }

  /// Ends the wait with `cancelled`, unless it has been served.
  func cancelWait() {
    if let select = pointee.select { return select.cancel() }
    guard let lock = pointee.lock else { return }
    crv_lock_acquire(lock)
    let found = pointee.isQueued
    if found {
      pointee.queue?.pointee.remove(self)
      pointee.outcome = .cancelled
    }
    crv_lock_release(lock)
    if found { pointee.continuation.unsafelyUnwrapped.resume() }
  }

  /// Takes a queued waiter's right to be served: always, or for a case of a select if no other case has won.
  @inlinable @inline(__always)
  package var claimed: Bool {
    guard let select = pointee.select else { return true }
    return select.claim(pointee.index)
  }

  /// What to do to wake the waiter once the lock is released; the node may be gone by then.
  @inlinable @inline(__always)
  package func granted(_ outcome: WaitOutcome = .granted) -> Wakeup {
    pointee.outcome = outcome
    if let continuation = pointee.continuation { return .task(continuation) }
    return otherWakeup()
  }

  @usableFromInline
  func otherWakeup() -> Wakeup {
    if let select = pointee.select { return .task(select.pointee.continuation.unsafelyUnwrapped) }
    if let wake = pointee.wake { return .call(wake) }
    return .none
  }
}

/// A waiter that was served under a lock and is to be woken after it.
@usableFromInline
package enum Wakeup {
  case none
  case task(UnsafeContinuation<Void, Never>)
  case call(@Sendable () -> Void)

  @inlinable @inline(__always)
  package func callAsFunction() {
    if case .task(let continuation) = self { return continuation.resume() }
    wakeOther()
  }

  @usableFromInline
  func wakeOther() {
    switch self {
    case .none, .task: break
    case .call(let wake): wake()
    }
  }
}

/// Waiters in order of arrival; protected by the lock of the primitive it belongs to.
@usableFromInline
package struct WaitQueue {
  @usableFromInline package var first: Waiter?
  @usableFromInline var last: Waiter?
  /// What is waited for.
  package var about: WaitAbout
  /// Half a word, so that the other half is left for the lock of the primitive.
  @usableFromInline var length: UInt32 = 0

  package var count: Int { Int(length) }

  package init(_ about: WaitAbout = WaitAbout(.other)) { self.about = about }

  @inlinable @inline(__always)
  package var isEmpty: Bool { first == nil }

  @inlinable
  package mutating func append(_ node: Waiter) {
    node.pointee.isQueued = true
    length &+= 1
    if node.pointee.joinsFront { return prepend(node) }
    node.pointee.next = nil
    node.pointee.previous = last
    if let last { last.pointee.next = node } else { first = node }
    last = node
  }

  @usableFromInline
  mutating func prepend(_ node: Waiter) {
    node.pointee.joinsFront = false
    node.pointee.previous = nil
    node.pointee.next = first
    if let first { first.pointee.previous = node } else { last = node }
    first = node
  }

  @inlinable
  package mutating func remove(_ node: Waiter) {
    if let previous = node.pointee.previous {
      previous.pointee.next = node.pointee.next
    } else {
      first = node.pointee.next
    }
    if let next = node.pointee.next {
      next.pointee.previous = node.pointee.previous
    } else {
      last = node.pointee.previous
    }
    node.pointee.isQueued = false
    length &-= 1
  }

  /// Takes out the first waiter that can be served; cases of selects that another case has won are dropped.
  @inlinable @inline(__always)
  package mutating func popFirst() -> Waiter? {
    while let node = first {
      remove(node)
      if node.claimed { return node }
    }
    return nil
  }

  /// The same, as long as the first one meets a condition: nobody is overtaken.
  package mutating func popFirst(where condition: (Waiter) -> Bool) -> Waiter? {
    while let node = first, condition(node) {
      remove(node)
      if node.claimed { return node }
    }
    return nil
  }
}
