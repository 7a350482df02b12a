import CRevoada
import RevoadaScheduling

/// What a select knows of one of its cases. Opaque: made and read by the cases of this library.
///
/// Flat memory without references, because a select makes one for each case each time. The cases themselves keep what it
/// points to.
public struct SelectSlot {
  @usableFromInline
  enum Kind: UInt8 {
    case receive, send
    /// For when no other is ready.
    case fallback
    /// Behaves as `waiting` says.
    case other
  }

  @usableFromInline let kind: Kind
  /// How the case was decided, if it was chosen.
  @usableFromInline var outcome = WaitOutcome.pending
  /// Not of this case: the case that is tried in the turn of this slot's index.
  @usableFromInline var order: Int32 = 0
  /// The waiter that brings or takes the element of a channel case.
  @usableFromInline var node: Waiter?
  @usableFromInline let channel: UnsafeMutablePointer<ChannelState>?
  @usableFromInline let buffer: UnsafeMutableRawPointer?
  // The channel without its element type: elements are moved as bytes, which is sound for every Swift type on the platforms of
  // this package, weak references included.
  @usableFromInline let size: Int
  @usableFromInline let stride: Int
  @usableFromInline let alignment: Int
  @usableFromInline let waiting: Unmanaged<SelectWaiting>?

  /// A case of a channel.
  @inlinable @inline(__always)
  init<Element>(_ kind: Kind, _ channel: Channel<Element>) {
    self.kind = kind
    self.channel = channel.state
    buffer = UnsafeMutableRawPointer(channel.buffer)
    size = MemoryLayout<Element>.size
    stride = MemoryLayout<Element>.stride
    alignment = MemoryLayout<Element>.alignment
    waiting = nil
  }

  /// Another case.
  @usableFromInline
  init(_ kind: Kind) { self.init(kind, waiting: nil) }
  init(_ kind: Kind, waiting: Unmanaged<SelectWaiting>?) {
    assert(MemoryLayout<Self>.stride <= SelectState.slotSize)
    self.kind = kind
    channel = nil
    buffer = nil
    (size, stride, alignment) = (0, 0, 1)
    self.waiting = waiting
  }
}

extension SelectSlot {
  /// The waiter of the case, if it waits in a queue, and the lock over that queue; for those who look at waits.
  package var waiter: (node: Waiter, lock: UnsafeMutablePointer<crv_lock>)? {
    if let channel, let node { return (node, channel.lock) }
    return waiting?._withUnsafeGuaranteedRef { waiting in
      guard let node = waiting.node, let lock = waiting.lock else { return nil }
      return (node, lock)
    }
  }
}

/// What a select does with one of its cases.
extension UnsafeMutablePointer<SelectSlot> {
  /// The lock under which the case is tried and queued; nil for a case that has none.
  var lock: UnsafeMutablePointer<crv_lock>? {
    if let channel = pointee.channel { return channel.lock }
    return pointee.waiting?._withUnsafeGuaranteedRef { $0.lock }
  }

  /// With the lock held: commits the case if it is ready, and hands over whom to wake after the lock is released.
  func commitIfReady(wake: inout Wakeup) -> Bool {
    let outcome: WaitOutcome?
    switch pointee.kind {
    case .fallback: return false
    case .other:
      return pointee.waiting.unsafelyUnwrapped._withUnsafeGuaranteedRef { $0.commitIfReady(wake: &wake) }
    case .receive: outcome = receive(pointee.channel.unsafelyUnwrapped, wake: &wake)
    case .send: outcome = send(pointee.channel.unsafelyUnwrapped, wake: &wake)
    }
    guard let outcome else { return false }
    pointee.outcome = outcome
    return true
  }

  /// With the lock held: queues the case as a waiter of `state`, or starts its timer.
  func enqueue(_ state: SelectPointer, index: Int32) {
    switch pointee.kind {
    case .fallback: break
    case .other:
      pointee.waiting.unsafelyUnwrapped._withUnsafeGuaranteedRef { $0.enqueue(state, index: index) }
    case .receive, .send:
      let channel = pointee.channel.unsafelyUnwrapped
      let queue = pointee.kind == .receive ? channel.receivers : channel.senders
      let node = node()
      node.joinSelect(state, index: index, queue: queue)
      queue.pointee.append(node)
    }
  }

  /// Without any lock: takes a case that has queued and lost out of its queue.
  func leaveQueue() {
    guard let lock else { return }
    let node = pointee.node ?? pointee.waiting?._withUnsafeGuaranteedRef { $0.node }
    guard let node else { return }
    crv_lock_acquire(lock)
    node.leaveQueue()
    crv_lock_release(lock)
  }

  /// Notes how a case that had queued was served.
  func takeOutcome() {
    if let node = pointee.node { pointee.outcome = node.pointee.outcome }
  }

  // MARK: Channels

  /// The case's node, with room for an element.
  @usableFromInline
  func node() -> Waiter {
    if let node = pointee.node { return node }
    let node = WaitNode.take()
    node.prepareSlot(size: pointee.size, alignment: pointee.alignment)
    pointee.node = node
    return node
  }

  private func element(of node: Waiter) -> UnsafeMutableRawPointer {
    node.slot(size: pointee.size, alignment: pointee.alignment)
  }
  private func place(_ index: Int) -> UnsafeMutableRawPointer {
    pointee.buffer.unsafelyUnwrapped + index * pointee.stride
  }
  private func move(from source: UnsafeMutableRawPointer, to destination: UnsafeMutableRawPointer) {
    destination.copyMemory(from: source, byteCount: pointee.size)
  }

  /// Receives into the node without waiting; nil if there is nothing.
  private func receive(_ state: UnsafeMutablePointer<ChannelState>, wake: inout Wakeup) -> WaitOutcome? {
    if state.pointee.count > 0 {
      move(from: place(state.pointee.head), to: element(of: node()))
      state.pointee.advanceHead()
      state.pointee.received &+= 1
      if let sender = state.pointee.senders.popFirst() {
        move(from: element(of: sender), to: place(state.pointee.tail))
        state.pointee.count &+= 1
        state.pointee.sent &+= 1
        wake = sender.granted()
      }
      return .granted
    }
    if let sender = state.pointee.senders.popFirst() {
      move(from: element(of: sender), to: element(of: node()))
      state.pointee.sent &+= 1
      state.pointee.received &+= 1
      wake = sender.granted()
      return .granted
    }
    return state.pointee.isClosed ? .closed : nil
  }

  /// Sends from the node without waiting; nil if there is no room. A full channel's overflow policy does not
  /// apply to a select: that would always be ready.
  private func send(_ state: UnsafeMutablePointer<ChannelState>, wake: inout Wakeup) -> WaitOutcome? {
    if state.pointee.isClosed { return .closed }
    if let receiver = state.pointee.receivers.popFirst() {
      move(from: element(of: node()), to: element(of: receiver))
      state.pointee.sent &+= 1
      state.pointee.received &+= 1
      wake = receiver.granted()
      return .granted
    }
    if state.pointee.count < state.pointee.capacity {
      move(from: element(of: node()), to: place(state.pointee.tail))
      state.pointee.count &+= 1
      state.pointee.sent &+= 1
      return .granted
    }
    return nil
  }
}
