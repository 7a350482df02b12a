import CRevoada
import RevoadaScheduling

extension Channel where Element: ~Copyable {
  /// Sends an element and tells how that ended, handing the element back if it was not sent.
  ///
  /// The form of `send` for noncopyable elements, and for those who want no errors. Suspends until the
  /// channel accepts the element; cancelling the task ends the wait with ``SendResult/cancelled(_:)``.
  @inlinable @inline(__always)
  nonisolated(nonsending)
    public func offer(_ element: consuming sending Element) async -> SendResult<Element>
  {
    let state = state
    crv_lock_acquire(state.lock)
    if state.pointee.isClosed {
      crv_lock_release(state.lock)
      return .closed(element)
    }
    if let receiver = state.pointee.receivers.popFirst() {
      receiver.slot(for: Element.self).initialize(to: element)
      state.pointee.sent &+= 1
      state.pointee.received &+= 1
      let wake = receiver.granted()
      crv_lock_release(state.lock)
      wake()
      return .sent
    }
    if state.pointee.count < state.pointee.capacity {
      (buffer + state.pointee.tail).initialize(to: element)
      state.pointee.count &+= 1
      state.pointee.sent &+= 1
      crv_lock_release(state.lock)
      return .sent
    }
    if overflow != .suspend { return offerToFull(element) }
    // Full: wait for a receiver to take the element out of this node.
    let node = WaitNode.take()
    node.prepareSlot(for: Element.self)
    node.slot(for: Element.self).initialize(to: element)
    await node.park(in: state.senders, lock: state.lock)
    let outcome = node.pointee.outcome
    if outcome == .granted {
      node.recycle()
      return .sent
    }
    let back = node.slot(for: Element.self).move()
    node.recycle()
    return outcome == .closed ? .closed(back) : .cancelled(back)
  }

  /// Applies the overflow policy to a full buffer; called with the lock held, releases it.
  @usableFromInline
  func offerToFull(_ element: consuming sending Element) -> SendResult<Element> {
    let state = state
    switch overflow {
    case .suspend, .fail:
      crv_lock_release(state.lock)
      return .full(element)
    case .dropNewest:
      if isReportingDrop {
        crv_lock_release(state.lock)
        return .full(element)
      }
      state.pointee.sent &+= 1
      state.pointee.dropped &+= 1
      crv_lock_release(state.lock)
      report(element, .droppedNewest)
      return .sent
    case .dropOldest:
      if isReportingDrop {
        crv_lock_release(state.lock)
        return .full(element)
      }
      let oldest = (buffer + state.pointee.head).move()
      state.pointee.advanceHead()
      (buffer + state.pointee.tail).initialize(to: element)
      state.pointee.count &+= 1
      state.pointee.sent &+= 1
      state.pointee.dropped &+= 1
      crv_lock_release(state.lock)
      report(oldest, .droppedOldest)
      return .sent
    }
  }

  /// Sends without waiting.
  @inlinable
  public func trySend(_ element: consuming sending Element) -> TrySendResult<Element> {
    let state = state
    crv_lock_acquire(state.lock)
    if state.pointee.isClosed {
      crv_lock_release(state.lock)
      return .closed(element)
    }
    if let receiver = state.pointee.receivers.popFirst() {
      receiver.slot(for: Element.self).initialize(to: element)
      state.pointee.sent &+= 1
      state.pointee.received &+= 1
      let wake = receiver.granted()
      crv_lock_release(state.lock)
      wake()
      return .sent
    }
    if state.pointee.count < state.pointee.capacity {
      (buffer + state.pointee.tail).initialize(to: element)
      state.pointee.count &+= 1
      state.pointee.sent &+= 1
      crv_lock_release(state.lock)
      return .sent
    }
    switch offerToFull(element) {
    case .sent: return .sent
    case .closed(let element): return .closed(element)
    case .full(let element): return .full(element)
    case .cancelled(let element): return .full(element)
    }
  }
}

extension Channel {
  /// Sends an element. Suspends until the channel accepts it: a receiver takes it, or there is room in the buffer.
  ///
  /// Cancelling the task ends the wait; the element then goes to `onUndelivered`.
  ///
  /// - Throws: ``ChannelClosed``, with the element; ``ChannelFull``, with the element, under ``OverflowPolicy/fail``;
  ///   `CancellationError`.
  @inlinable @inline(__always)
  nonisolated(nonsending)
    public func send(_ element: consuming sending Element) async throws
  {
    switch await offer(element) {
    case .sent: return
    case .closed(let element): throw ChannelClosed(element: element, cause: closingError)
    case .full(let element): throw ChannelFull(element: element)
    case .cancelled(let element):
      onUndelivered?(element, .cancelled)
      throw CancellationError()
    }
  }
}
