import CRevoada
import RevoadaScheduling

extension PriorityChannel {
  /// Sends an element and tells how that ended, handing the element back if it was not sent; never `full`.
  @inlinable
  nonisolated(nonsending)
    public func offer(_ element: consuming sending Element, priority: Int) async -> SendResult<Element>
  {
    let state = state
    crv_lock_acquire(state.lock)
    if state.pointee.isClosed {
      crv_lock_release(state.lock)
      return .closed(element)
    }
    let entry = Ranked(rank: nextRank(priority), element: element)
    if acceptAndRelease(entry) { return .sent }
    let node = WaitNode.take()
    node.prepareSlot(for: Ranked<Element>.self)
    node.slot(for: Ranked<Element>.self).initialize(to: entry)
    await node.park(in: waitingSenders.queue(for: priority), lock: state.lock)
    let outcome = node.pointee.outcome
    if outcome == .granted {
      node.recycle()
      return .sent
    }
    let back = node.slot(for: Ranked<Element>.self).move().element
    node.recycle()
    crv_lock_acquire(state.lock)
    waitingSenders.prune()
    crv_lock_release(state.lock)
    return outcome == .closed ? .closed(back) : .cancelled(back)
  }

  /// Sends without waiting.
  @inlinable
  public func trySend(_ element: consuming sending Element, priority: Int) -> TrySendResult<Element> {
    crv_lock_acquire(state.lock)
    if state.pointee.isClosed {
      crv_lock_release(state.lock)
      return .closed(element)
    }
    let entry = Ranked(rank: nextRank(priority), element: element)
    if acceptAndRelease(entry) { return .sent }
    crv_lock_release(state.lock)
    return .full(entry.element)
  }

  /// Sends an element. Suspends until the channel accepts it: there is room, or a receiver takes it.
  ///
  /// Cancelling the task ends the wait; the element then goes to `onUndelivered`.
  ///
  /// - Parameters:
  ///   - element: the element.
  ///   - priority: higher is received first; any number.
  /// - Throws: ``ChannelClosed``, with the element; `CancellationError`.
  @inlinable
  nonisolated(nonsending)
    public func send(_ element: consuming sending Element, priority: Int) async throws
  {
    switch await offer(element, priority: priority) {
    case .sent: return
    case .closed(let element): throw ChannelClosed(element: element)
    case .full(let element): throw ChannelFull(element: element)
    case .cancelled(let element):
      reportUndelivered(element, .cancelled)
      throw CancellationError()
    }
  }

  /// Sends an element, if the channel accepts it within `timeout`.
  ///
  /// - Throws: ``SendTimedOut`` or ``ChannelClosed``, each with the element; `CancellationError`, and then the element goes to
  ///   `onUndelivered`.
  public func send(_ element: sending Element, priority: Int, timeout: Duration) async throws {
    let rest: Element
    switch trySend(element, priority: priority) {
    case .sent: return
    case .closed(let element): throw ChannelClosed(element: element)
    case .full(let element): rest = element
    }
    let moved = UncheckedTransfer(rest)
    let result = try await withTimeout(timeout) {
      nonisolated(unsafe) let element = moved.value  // only the goroutine has it
      return UncheckedTransfer(await self.offer(element, priority: priority))
    }
    switch result.value {
    case .sent: return
    case .closed(let element): throw ChannelClosed(element: element)
    case .full(let element): throw ChannelFull(element: element)
    case .cancelled(let element):
      if !Task.isCancelled { throw SendTimedOut(element: element, timeout: timeout) }
      reportUndelivered(element, .cancelled)
      throw CancellationError()
    }
  }

  /// With the lock held.
  @inlinable @inline(__always)
  func nextRank(_ priority: Int) -> Int128 { order.rank(priority, now: isAgeing ? now : 0) }

  /// With the lock held: gives the element to a waiting receiver or buffers it, and releases the lock; false, with the lock still held,
  /// if there is no room.
  @inlinable @inline(__always)
  func acceptAndRelease(_ entry: borrowing Ranked<Element>) -> Bool {
    var wake = Wakeup.none
    if !accept(entry, &wake) { return false }
    crv_lock_release(state.lock)
    wake()
    return true
  }

  /// With the lock held: gives the element to a waiting receiver, who is then to be woken, or buffers it; false if there is no room.
  @inlinable @inline(__always)
  func accept(_ entry: borrowing Ranked<Element>, _ wake: inout Wakeup) -> Bool {
    let state = state
    if let receiver = state.pointee.receivers.popFirst() {
      receiver.slot(for: Element.self).initialize(to: entry.element)
      state.pointee.received &+= 1
      wake = receiver.granted()
    } else {
      if heap.count >= state.pointee.capacity { return false }
      heap.push(copy entry)
    }
    state.pointee.sent &+= 1
    return true
  }
}
