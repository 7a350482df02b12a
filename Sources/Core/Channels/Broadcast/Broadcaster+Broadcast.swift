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
    crv_lock_acquire(lock)
    if closed {
      crv_lock_release(lock)
      throw ChannelClosed(element: element)
    }
    let forgotten = history.append(element)
    for mailbox in mailboxes { mailbox.deliver(element, &round) }
    crv_lock_release(lock)
    withExtendedLifetime(forgotten) {}
    round.wakeAll()
    if instruments.isMeasuring { instruments.broadcast() }
    if !round.dropped.isEmpty { reportDropped(round) }
    if !round.waiting.isEmpty { try await finish(round) }
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
    func finish(_ round: BroadcastRound<Element>) async throws
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
