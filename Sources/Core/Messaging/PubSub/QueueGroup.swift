import RevoadaChannels

/// Subscribers that share the messages of a pattern; each has a broadcaster to itself.
@usableFromInline
final class QueueGroup<Message: Sendable>: @unchecked Sendable {  // protected by the bus's lock
  private(set) var members: [Broadcaster<Message>] = []
  private var turn = 0

  var isUnused: Bool { members.allSatisfy { $0.subscribers == 0 } }

  /// - Returns: members that have left, to be released without the lock.
  func add(_ member: Broadcaster<Message>) -> [Broadcaster<Message>] {
    let left = members.filter { $0.subscribers == 0 }
    members.removeAll { $0.subscribers == 0 }
    members.append(member)
    return left
  }

  /// The member for the next message: in turns, those with room first. nil: there is none.
  func next() -> Broadcaster<Message>? {
    var fallback: Broadcaster<Message>?
    for step in members.indices {
      let index = (turn + step) % members.count
      let member = members[index]
      if member.subscribers == 0 { continue }
      if member.hasRoom {
        turn = index + 1
        return member
      }
      fallback = fallback ?? member
    }
    turn += 1
    return fallback
  }
}
