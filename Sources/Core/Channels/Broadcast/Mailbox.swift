import CRevoada
import RevoadaScheduling

/// A subscriber's buffer: a channel, into which its broadcaster puts elements without ever waiting.
///
/// A broadcast that has to wait for room is a sender in the channel's queue like any other, so that a receive lets it in; only it is no
/// task, since one broadcast may wait in many queues.
@usableFromInline
final class Mailbox<Element: Sendable>: @unchecked Sendable {
  // The variables are protected by the lock of the channel.

  @usableFromInline let channel: Channel<Element>
  @usableFromInline let policy: SubscriptionPolicy
  /// Elements dropped since the subscriber was last told.
  @exclusivity(unchecked) @usableFromInline var missed = 0
  /// Whether nothing is delivered any more.
  @exclusivity(unchecked) @usableFromInline var hasEnded = false

  init(_ channel: Channel<Element>, policy: SubscriptionPolicy) {
    self.channel = channel
    self.policy = policy
  }

  /// Delivers an element, or lets it wait, or drops one; what then is to be done without any lock is noted in `round`.
  @inlinable @inline(__always)
  func deliver(_ element: Element, _ round: inout BroadcastRound<Element>) {
    let state = channel.state
    crv_lock_acquire(state.lock)
    defer { crv_lock_release(state.lock) }
    if state.pointee.isClosed || hasEnded { return }
    if let receiver = state.pointee.receivers.popFirst() {
      receiver.slot(for: Element.self).initialize(to: element)
      state.pointee.sent &+= 1
      state.pointee.received &+= 1
      return round.wake(receiver.granted())
    }
    if state.pointee.count == state.pointee.capacity { return deliverToFull(element, &round) }
    (channel.buffer + state.pointee.tail).initialize(to: element)
    state.pointee.count &+= 1
    state.pointee.sent &+= 1
  }

  /// With the channel's lock held.
  @usableFromInline
  func deliverToFull(_ element: Element, _ round: inout BroadcastRound<Element>) {
    let state = channel.state
    if policy == .block {
      let node = WaitNode.take()
      node.prepareSlot(for: Element.self)
      node.slot(for: Element.self).initialize(to: element)
      return round.wait(node, in: state.senders, of: self)
    }
    state.pointee.sent &+= 1
    state.pointee.dropped &+= 1
    switch policy {
    case .dropOldest, .lag:
      let oldest = (channel.buffer + state.pointee.head).move()
      state.pointee.advanceHead()
      (channel.buffer + state.pointee.tail).initialize(to: element)
      state.pointee.count &+= 1
      if policy == .lag { missed &+= 1 }
      round.dropped.append((self, oldest, .droppedOldest))
    case .dropNewest, .block:
      round.dropped.append((self, element, .droppedNewest))
    case .disconnect:
      hasEnded = true
      round.dropped.append((self, element, .disconnected))
    }
  }

  /// Takes a waiting element back; false if it does not wait any more.
  func withdraw(_ node: Waiter) -> Bool {
    channel.withLock { _ in
      if !node.pointee.isQueued { return false }
      node.leaveQueue()
      return true
    }
  }

  /// Closes the channel, but not before the elements that wait for room are in it.
  func closeUnlessAwaited() {
    if channel.withLock({ $0.pointee.senders.isEmpty }) { channel.close() }
  }
}
