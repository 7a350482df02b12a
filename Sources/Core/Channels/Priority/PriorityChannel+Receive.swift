import CRevoada
import RevoadaScheduling

extension PriorityChannel {
  /// Receives the element of the highest priority. Suspends until there is one.
  ///
  /// - Returns: `nil` when the channel is closed and drained.
  /// - Throws: `CancellationError` if the task is cancelled while it waits.
  @inlinable
  nonisolated(nonsending)
    public func receive() async throws -> sending Element?
  {
    let state = state
    var wake = Wakeup.none
    crv_lock_acquire(state.lock)
    if let element = take(&wake) {
      crv_lock_release(state.lock)
      wake()
      return element
    }
    if state.pointee.isClosed {
      crv_lock_release(state.lock)
      return nil
    }
    let node = WaitNode.take()
    node.prepareSlot(for: Element.self)
    await node.park(in: state.receivers, lock: state.lock)
    let outcome = node.pointee.outcome
    if outcome == .granted {
      let element = node.slot(for: Element.self).move()
      node.recycle()
      return element
    }
    node.recycle()
    if outcome == .closed { return nil }
    throw CancellationError()
  }

  /// Receives without waiting.
  @inlinable
  public func tryReceive() -> sending TryReceiveResult<Element> {
    var wake = Wakeup.none
    crv_lock_acquire(state.lock)
    if let element = take(&wake) {
      crv_lock_release(state.lock)
      wake()
      return .received(element)
    }
    let isClosed = state.pointee.isClosed
    crv_lock_release(state.lock)
    return isClosed ? .closed : .empty
  }

  /// Receives the element of the highest priority, if there is one within `timeout`.
  ///
  /// - Returns: nil when the channel is closed and drained.
  /// - Throws: `TimedOut`, and then nothing was taken; `CancellationError`.
  public func receive(timeout: Duration) async throws -> sending Element? {
    switch tryReceive() {
    case .received(let element): return element
    case .closed: return nil
    case .empty: break
    }
    let received = try await withTimeout(timeout) { UncheckedTransfer(try await self.receive()) }
    nonisolated(unsafe) let element = received.value  // the channel handed it over
    return element
  }

  /// With the lock held: takes the highest element, of the heap or of a waiting sender, who is then to be woken; nil if there is none.
  @inlinable @inline(__always)
  func take(_ wake: inout Wakeup) -> sending Element? {
    if !waitingSenders.isEmpty { return takeAmongSenders(&wake) }
    if heap.count == 0 { return nil }
    nonisolated(unsafe) let element = heap.pop().element  // sent to the channel, now sent on
    state.pointee.received &+= 1
    return element
  }

  /// The same where senders wait: one of them is served, whether its element is taken or moves into the heap.
  @usableFromInline
  func takeAmongSenders(_ wake: inout Wakeup) -> sending Element? {
    guard let sender = waitingSenders.best(Element.self) else {
      // All of them were cancelled just now.
      waitingSenders.prune()
      return take(&wake)
    }
    sender.leaveQueue()
    // A case of a select that has gone another way keeps its element.
    if !sender.claimed { return take(&wake) }
    let waiting = sender.slot(for: Ranked<Element>.self).move()
    nonisolated(unsafe) let element: Element  // sent to the channel, now sent on
    if heap.count == 0 || waiting.rank > heap.entries.pointee.rank {
      element = waiting.element
    } else {
      element = heap.pop().element
      heap.push(waiting)
    }
    state.pointee.sent &+= 1
    state.pointee.received &+= 1
    wake = sender.granted()
    waitingSenders.prune()
    return element
  }
}

extension PriorityChannel: AsyncSequence {
  /// Receives from a channel until it is closed and drained.
  public struct Iterator: AsyncIteratorProtocol {
    @usableFromInline let channel: PriorityChannel

    @inlinable
    init(_ channel: PriorityChannel) { self.channel = channel }

    /// The next element; see ``PriorityChannel/receive()``.
    @inlinable
    public mutating func next() async throws -> Element? { try await channel.receive() }

    /// The next element; see ``PriorityChannel/receive()``.
    @inlinable @inline(__always)
    nonisolated(nonsending)
      public mutating func next(isolation actor: (any Actor)?) async throws(any Error) -> Element?
    {
      // The actor is not `isolated`: see `Channel.Iterator`.
      try await channel.receive()
    }
  }

  /// Several tasks may iterate at once: each element goes to one of them.
  @inlinable
  public func makeAsyncIterator() -> Iterator { Iterator(self) }
}
