import CRevoada
import RevoadaScheduling

extension Channel where Element: ~Copyable {
  /// Receives the next element. Suspends until there is one.
  ///
  /// ```swift
  /// while let job = try await jobs.receive() { handle(job) }
  /// ```
  ///
  /// - Returns: `nil` when the channel is closed and drained.
  /// - Throws: `CancellationError` if the task is cancelled while it waits; the error of ``close(throwing:)`` when the channel is
  ///   drained.
  @inlinable @inline(__always)
  nonisolated(nonsending)
    public func receive() async throws -> sending Element?
  {
    crv_lock_acquire(state.lock)
    return try await receiveLocked()
  }

  /// `receive`, called with the lock held; releases it.
  @inlinable @inline(__always)
  nonisolated(nonsending)
    func receiveLocked() async throws -> sending Element?
  {
    let state = state
    if state.pointee.count > 0 { return takeBuffered() }
    if let sender = state.pointee.senders.popFirst() {
      let element = sender.slot(for: Element.self).move()
      state.pointee.sent &+= 1
      state.pointee.received &+= 1
      let wake = sender.granted()
      crv_lock_release(state.lock)
      wake()
      return element
    }
    if state.pointee.isClosed {
      crv_lock_release(state.lock)
      return try ended()
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
    if outcome == .closed { return try ended() }
    throw CancellationError()
  }

  /// Takes the oldest buffered element and moves a waiting sender's into its place; called with the lock held, releases it.
  @inlinable @inline(__always)
  func takeBuffered() -> sending Element {
    let state = state
    let element = (buffer + state.pointee.head).move()
    state.pointee.advanceHead()
    state.pointee.received &+= 1
    var wake = Wakeup.none
    if let sender = state.pointee.senders.popFirst() {
      (buffer + state.pointee.tail).moveInitialize(from: sender.slot(for: Element.self), count: 1)
      state.pointee.count &+= 1
      state.pointee.sent &+= 1
      wake = sender.granted()
    }
    crv_lock_release(state.lock)
    wake()
    return element
  }

  /// Receives without waiting.
  @inlinable
  public func tryReceive() -> sending TryReceiveResult<Element> {
    let state = state
    crv_lock_acquire(state.lock)
    if state.pointee.count > 0 { return .received(takeBuffered()) }
    if let sender = state.pointee.senders.popFirst() {
      let element = sender.slot(for: Element.self).move()
      state.pointee.sent &+= 1
      state.pointee.received &+= 1
      let wake = sender.granted()
      crv_lock_release(state.lock)
      wake()
      return .received(element)
    }
    let isClosed = state.pointee.isClosed
    crv_lock_release(state.lock)
    return isClosed ? .closed : .empty
  }
}

extension Channel: AsyncSequence {
  /// Receives from a channel until it is closed and drained.
  public struct Iterator: AsyncIteratorProtocol {
    @usableFromInline let channel: Channel

    @inlinable
    init(_ channel: Channel) { self.channel = channel }

    /// The next element; see ``Channel/receive()``.
    @inlinable @inline(__always)
    public mutating func next() async throws -> Element? { try await channel.receive() }

    // Not an `isolated` parameter, though the protocol has one: the switch to that actor would cost three times the
    // receive of a buffered element, and `nonsending` stays with the caller anyway.
    /// The next element; see ``Channel/receive()``.
    @inlinable @inline(__always)
    nonisolated(nonsending)
      public mutating func next(isolation actor: (any Actor)?) async throws(any Error) -> Element?
    { try await channel.receive() }
  }

  /// Several tasks may iterate at once: each element goes to one of them.
  @inlinable
  public func makeAsyncIterator() -> Iterator { Iterator(self) }
}
