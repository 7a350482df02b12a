import CRevoada
import RevoadaScheduling

/// The requests of one requester that are on their way, and the ledger of all.
///
/// Not generic, so that it is compiled once.
final class RequestTable: @unchecked Sendable {  // all variables are protected by the lock of `room`
  /// The requesters that wait for their replies are in its queue.
  let room = WaitingRoom()
  @exclusivity(unchecked) private var counts = RequestStats()
  @exclusivity(unchecked) private var isClosed = false

  var stats: RequestStats { room.withLock { counts } }

  /// Takes note of a new request; returns its correlation id, or nil if there are to be no more.
  func begin() -> UInt64? {
    room.withLock {
      if isClosed { return nil }
      counts.requests &+= 1
      counts.pending &+= 1
      return UInt64(counts.requests)
    }
  }

  /// The request could not be sent.
  func refuse(_ port: AnyReplyPort, isUnheard: Bool) {
    room.withLock {
      guard port.phase == .pending else { return }  // it was answered in spite of that
      port.phase = .abandoned
      counts.pending &-= 1
      if isUnheard { counts.noResponders &+= 1 } else { counts.unsent &+= 1 }
    }
  }

  /// How the wait for a reply ended.
  enum Ending { case answered, timedOut, cancelled }

  nonisolated(nonsending)
    func wait(for port: AnyReplyPort, timeout: Int64?) async -> Ending
  {
    crv_lock_acquire(room.lock)
    if port.phase == .answered {
      crv_lock_release(room.lock)
      return .answered
    }
    let node = WaitNode.take()
    port.waiter = node
    let timer = timeout.map { limit in
      let timers = Timers.current
      return (timers, timers.schedule(after: limit) { [self] in expire(port) })
    }
    await node.park(in: room.queue, lock: room.lock)
    if let (timers, entry) = timer { timers.cancel(entry) }
    let outcome = node.pointee.outcome
    if outcome == .cancelled { abandon(port) }
    node.recycle()
    return outcome == .granted ? .answered : outcome == .closed ? .timedOut : .cancelled
  }

  private func abandon(_ port: AnyReplyPort) {
    room.withLock {
      port.waiter = nil
      port.phase = .abandoned
      counts.pending &-= 1
      counts.cancelled &+= 1
    }
  }

  private func expire(_ port: AnyReplyPort) {
    room.serve { served in
      guard let node = port.waiter, node.pointee.isQueued else { return }
      room.remove(node)
      port.waiter = nil
      port.phase = .abandoned
      counts.pending &-= 1
      counts.timedOut &+= 1
      served.append(node.granted(.closed))
    }
  }

  /// - Parameter keep: puts the reply where the requester finds it; called with the lock held, and only for the first reply.
  func answer(_ port: AnyReplyPort, isFailure: Bool, keep: () -> Void) -> Bool {
    crv_lock_acquire(room.lock)
    let node = port.waiter
    // A waiter that is not queued any more has just been cancelled.
    guard port.phase == .pending, node?.pointee.isQueued ?? true else {
      if port.phase == .answered { counts.surplusReplies &+= 1 } else { counts.lateReplies &+= 1 }
      crv_lock_release(room.lock)
      return false
    }
    keep()
    port.phase = .answered
    counts.pending &-= 1
    if isFailure { counts.failed &+= 1 } else { counts.answered &+= 1 }
    var wake = Wakeup.none
    if let node {
      port.waiter = nil
      room.remove(node)
      wake = node.granted()
    }
    crv_lock_release(room.lock)
    wake()
    return true
  }

  func isAbandoned(_ port: AnyReplyPort) -> Bool { room.withLock { port.phase == .abandoned } }

  /// True for the first call.
  func close() -> Bool {
    room.withLock {
      defer { isClosed = true }
      return !isClosed
    }
  }
}
