import RevoadaScheduling

/// The senders that wait for room in a ``PriorityChannel``: a queue for each priority.
///
/// Who is served next is the best of the queues' heads, so the cost of serving one grows with the number of different priorities
/// that wait, not with the number of senders. Protected by the channel's lock.
@usableFromInline
struct PrioritySenders {
  private var queues: [(priority: Int, queue: UnsafeMutablePointer<WaitQueue>)] = []
  private let about: WaitAbout

  /// - Parameter about: what diagnostics know of the channel's senders. It outlives them.
  init(_ about: WaitAbout) { self.about = about }

  /// The senders that wait.
  var count: Int { queues.reduce(0) { $0 + $1.queue.pointee.count } }
  @usableFromInline var isEmpty: Bool { queues.isEmpty }

  /// The queue in which a sender of this priority must wait.
  @usableFromInline
  mutating func queue(for priority: Int) -> UnsafeMutablePointer<WaitQueue> {
    if let found = queues.first(where: { $0.priority == priority }) { return found.queue }
    let queue = UnsafeMutablePointer<WaitQueue>.allocate(capacity: 1)
    queue.initialize(to: WaitQueue(about))
    queues.append((priority, queue))
    return queue
  }

  /// Forgets the queues in which nobody waits any more.
  @usableFromInline
  mutating func prune() {
    queues.removeAll {
      if !$0.queue.pointee.isEmpty { return false }
      $0.queue.deallocate()
      return true
    }
  }

  /// The waiting sender with the highest rank, still in its queue.
  @usableFromInline
  func best<Element>(_ type: Element.Type) -> Waiter? {
    var best: Waiter?
    var rank = Int128.min
    for entry in queues {
      guard let first = entry.queue.pointee.first else { continue }
      let candidate = first.slot(for: Ranked<Element>.self).pointee.rank
      if best == nil || candidate > rank { (best, rank) = (first, candidate) }
    }
    return best
  }

  /// Takes any waiting sender out, for the close.
  mutating func popAny() -> Waiter? {
    for entry in queues { if let node = entry.queue.pointee.popFirst() { return node } }
    return nil
  }
}
