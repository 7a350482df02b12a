import CRevoada
import RevoadaScheduling

extension Broadcaster {
  /// Sends an element to all subscribers. Suspends while one with the policy ``SubscriptionPolicy/block`` is full; everybody else
  /// has the element before that.
  ///
  /// Cancelling the task ends the wait. The element then does not reach the subscribers that still had no room: each of them counts
  /// it as undelivered and has it reported as ``UndeliveredReason/cancelled``. A subscriber that leaves is no longer waited for.
  ///
  /// - Throws: ``ChannelClosed`` with the element, if the broadcaster is closed; `CancellationError` if the element did not reach
  ///   everybody.
  @inlinable
  nonisolated(nonsending)
    public func broadcast(_ element: Element) async throws
  {
    var round = BroadcastRound<Element>()
    if begin(element, &round) == nil { throw ChannelClosed(element: element) }
    if round.isWaiting { try await finish(round) }
  }

  /// Serves everybody who has room and does not wait; for those who send one element to several broadcasters, and then
  /// ``finish(_:)`` each.
  ///
  /// - Returns: the number of subscribers; nil if the broadcaster is closed.
  @inlinable @inline(__always)
  package func begin(_ element: Element, _ round: inout BroadcastRound<Element>) -> Int? {
    crv_lock_acquire(lock)
    if closed {
      crv_lock_release(lock)
      return nil
    }
    let forgotten = history.append(element)
    for mailbox in mailboxes { mailbox.deliver(element, &round) }
    let subscribers = mailboxes.count
    crv_lock_release(lock)
    withExtendedLifetime(forgotten) {}
    round.wakeAll()
    if instruments.isMeasuring { instruments.broadcast() }
    if !round.dropped.isEmpty { reportDropped(round) }
    return subscribers
  }

  @usableFromInline
  func reportDropped(_ round: BroadcastRound<Element>) {
    for (mailbox, element, reason) in round.dropped {
      if reason == .disconnected {
        let buffer = mailbox.channel.capacity
        mailbox.channel.close(throwing: SubscriptionDisconnected(buffer: buffer))
        remove(mailbox)
        instruments.disconnected(buffer: buffer)
      }
      instruments.drop(mailbox.policy)
      mailbox.channel.report(element, reason)
    }
  }

  /// Waits until the full subscribers have taken the element in, have left, or the task is cancelled.
  @usableFromInline
  nonisolated(nonsending)
    package func finish(_ round: BroadcastRound<Element>) async throws
  {
    let isCancelled = await round.ticket?.wait() == .cancelled
    var isIncomplete = false
    for (mailbox, node) in round.waiting {
      let withdrawn = isCancelled && mailbox.withdraw(node)
      if withdrawn || node.pointee.outcome == .closed {
        mailbox.channel.discard(node.slot(for: Element.self).move(), withdrawn ? .cancelled : .abandoned)
      }
      isIncomplete = isIncomplete || withdrawn
      node.recycle()
    }
    // A close that came meanwhile has left these to us.
    if isClosed { for (mailbox, _) in round.waiting { mailbox.closeUnlessAwaited() } }
    if isIncomplete { throw CancellationError() }
  }
}
