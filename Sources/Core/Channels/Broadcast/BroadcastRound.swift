import RevoadaScheduling

/// What remains to be done of one broadcast after the locks are released.
@usableFromInline
package struct BroadcastRound<Element: Sendable> {
  /// Receivers that have been served.
  private var wakeups = Wakeups()
  /// Elements to be reported.
  @usableFromInline var dropped: [(mailbox: Mailbox<Element>, element: Element, reason: UndeliveredReason)] =
    []
  /// The subscribers that must make room. The nodes are ours, whether or not they still are in a queue.
  @usableFromInline var waiting: [(mailbox: Mailbox<Element>, node: Waiter)] = []
  /// What the broadcast waits for; nil if for nothing.
  @usableFromInline var ticket: BroadcastTicket?

  @usableFromInline
  package init() {}

  /// Whether it waits for subscribers that are full.
  @inlinable
  package var isWaiting: Bool { !waiting.isEmpty }

  @usableFromInline
  func wakeAll() { wakeups.wakeAll() }

  @usableFromInline
  mutating func wake(_ wakeup: Wakeup) { wakeups.append(wakeup) }

  /// Queues the element in a node behind others that wait for room; with the lock of the mailbox held.
  @usableFromInline
  mutating func wait(_ node: Waiter, in queue: UnsafeMutablePointer<WaitQueue>, of mailbox: Mailbox<Element>)
  {
    let ticket = self.ticket ?? BroadcastTicket()
    self.ticket = ticket
    ticket.add()
    node.append(to: queue) { ticket.countDown() }
    waiting.append((mailbox, node))
  }
}

/// Lets a broadcast wait until all subscribers that were full have made room.
@usableFromInline
final class BroadcastTicket: @unchecked Sendable {  // `left` is protected by `room`
  private let room = WaitingRoom()
  private var left = 0

  func add() { room.withLock { left += 1 } }

  func countDown() {
    room.serve { served in
      left -= 1
      if left == 0, let node = room.popFirst() { served.append(node.granted()) }
    }
  }

  nonisolated(nonsending)
    func wait() async -> WaitOutcome
  { await room.wait { _ in left == 0 } }
}
