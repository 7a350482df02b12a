/// Waiters that were taken out of a queue together, in their order, to be woken after the lock is released.
///
/// Linked by the nodes themselves: letting many go costs no allocation and little time under the lock. Not for queues with nodes
/// of the callback kind, whose owners may reuse them at once.
package struct WaitChain: @unchecked Sendable {  // the nodes belong to the chain until they are woken
  private var first: Waiter?
  private var last: Waiter?
  package private(set) var count = 0

  package init() {}

  fileprivate mutating func append(_ node: Waiter) {
    node.pointee.next = nil
    if let last { last.pointee.next = node } else { first = node }
    last = node
    count &+= 1
  }

  /// Wakes all. Once.
  package func wakeAll(_ outcome: WaitOutcome = .granted) {
    forEach { $0.granted(outcome)() }
  }

  /// Calls `body` with each; a node may be gone, or queued again, after its turn.
  package func forEach(_ body: (Waiter) -> Void) {
    var rest = first
    while let node = rest {
      rest = node.pointee.next
      body(node)
    }
  }
}

extension WaitQueue {
  /// Takes out all waiters that meet a condition; cases of selects that another case has won are dropped.
  package mutating func takeAll(where condition: (Waiter) -> Bool = { _ in true }) -> WaitChain {
    var chain = WaitChain()
    var rest = first
    while let node = rest {
      rest = node.pointee.next
      guard condition(node) else { continue }
      remove(node)
      if node.claimed { chain.append(node) }
    }
    return chain
  }
}

extension WaitQueue {
  /// Takes out the first waiters as long as they meet a condition, and tells `served` of each: nobody is overtaken.
  package mutating func takeFirst(
    where condition: (Waiter) -> Bool, served: (Waiter) -> Void
  ) -> WaitChain {
    var chain = WaitChain()
    while let node = popFirst(where: condition) {
      served(node)
      chain.append(node)
    }
    return chain
  }
}

extension WaitingRoom {
  /// With the lock held: takes out the first waiters as long as they meet a condition, and tells `served` of each.
  package func takeFirst(
    where condition: (Waiter) -> Bool, served: (Waiter) -> Void
  ) -> WaitChain {
    queue.pointee.takeFirst(where: condition, served: served)
  }
  /// With the lock held: takes out all waiters that meet a condition, to be woken without it.
  package func takeAll(where condition: (Waiter) -> Bool = { _ in true }) -> WaitChain {
    queue.pointee.takeAll(where: condition)
  }
  /// With the lock held: queues a waiter again that was taken out.
  package func requeue(_ node: Waiter) { queue.pointee.append(node) }
}
