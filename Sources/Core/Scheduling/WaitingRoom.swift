import CRevoada

/// A lock and a queue of waiters: what every primitive but the channel is made of.
///
/// In memory of its own, so that waiters can name both by pointers. Whoever waits keeps the primitive.
package struct WaitingRoom: ~Copyable, @unchecked Sendable {  // everything is protected by the lock inside
  @usableFromInline let place: UnsafeMutablePointer<WaitingPlace>

  /// - Parameters:
  ///   - kind: what is waited for.
  ///   - name: which one it is, for diagnostics.
  package init(_ kind: WaitKind = .other, name: String? = nil) {
    place = .allocate(capacity: 1)
    place.initialize(to: WaitingPlace(queue: WaitQueue(WaitAbout(kind))))
    if let name { queue.pointee.about.note(WaitSubject(name: name)) }
  }
  deinit {
    queue.pointee.about.release()
    place.deallocate()
  }

  @inlinable @inline(__always)
  package var queue: UnsafeMutablePointer<WaitQueue> { place.field(\.queue) }
  @inlinable @inline(__always)
  package var lock: UnsafeMutablePointer<crv_lock> { place.field(\.lock) }

  // With the lock held:

  package var isEmpty: Bool { queue.pointee.isEmpty }
  package var first: Waiter? { queue.pointee.first }
  /// How many wait.
  package var waiting: Int { queue.pointee.count }
  package func remove(_ node: Waiter) { queue.pointee.remove(node) }
  package func popFirst() -> Waiter? { queue.pointee.popFirst() }
  package func popFirst(where condition: (Waiter) -> Bool) -> Waiter? {
    queue.pointee.popFirst(where: condition)
  }

  package func withLock<R: ~Copyable, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    crv_lock_acquire(lock)
    defer { crv_lock_release(lock) }
    return try body()
  }

  /// Runs `body` under the lock and then wakes the waiters that it has served.
  package func serve<R>(_ body: (inout Wakeups) -> R) -> R {
    var served = Wakeups()
    crv_lock_acquire(lock)
    let result = body(&served)
    crv_lock_release(lock)
    served.wakeAll()
    return result
  }

  /// Waits until served or cancelled, unless `attempt` succeeds at once.
  ///
  /// - Parameters:
  ///   - amount: what is wanted; for those who serve the waiter.
  ///   - atFront: ahead of those who wait already.
  ///   - attempt: tried under the lock; what it serves is woken.
  nonisolated(nonsending)
    package func wait(
      amount: Int = 0, atFront: Bool = false, unless attempt: (inout Wakeups) -> Bool
    ) async -> WaitOutcome
  {
    var served = Wakeups()
    crv_lock_acquire(lock)
    if attempt(&served) {
      crv_lock_release(lock)
      served.wakeAll()
      return .granted
    }
    let node = WaitNode.take()
    node.pointee.amount = amount
    node.pointee.joinsFront = atFront
    await node.park(in: queue, lock: lock)
    let outcome = node.pointee.outcome
    node.recycle()
    return outcome
  }

  /// The same for a plain thread, which blocks; it cannot be cancelled.
  package func waitBlocking(
    amount: Int = 0, atFront: Bool = false, unless attempt: (inout Wakeups) -> Bool
  ) -> WaitOutcome {
    var served = Wakeups()
    crv_lock_acquire(lock)
    if attempt(&served) {
      crv_lock_release(lock)
      served.wakeAll()
      return .granted
    }
    let sleeper = ThreadSleeper()
    let node = WaitNode.take()
    node.pointee.amount = amount
    node.pointee.joinsFront = atFront
    node.blockThread(sleeper, in: queue, lock: lock)
    let outcome = node.pointee.outcome
    node.recycle()
    return outcome
  }
}

/// What a ``WaitingRoom`` consists of.
@usableFromInline
struct WaitingPlace {
  // First: a lock must not be, see ARCHITECTURE.md, "Rules".
  @usableFromInline var queue: WaitQueue
  @usableFromInline var lock = crv_lock()
  @usableFromInline var holder: UInt = 0
}

extension UnsafeMutablePointer<WaitingPlace> {
  /// By offset, as in the state of a channel.
  @inlinable @inline(__always)
  func field<Field>(_ path: KeyPath<WaitingPlace, Field>) -> UnsafeMutablePointer<Field> {
    (UnsafeMutableRawPointer(self) + MemoryLayout<WaitingPlace>.offset(of: path).unsafelyUnwrapped)
      .assumingMemoryBound(to: Field.self)
  }
}

extension UnsafeMutablePointer<WaitQueue> {
  /// Of a queue in a ``WaitingRoom``: who holds the one thing that is waited for, see ``HolderID``; 0 if that is not known.
  package var holder: UnsafeMutablePointer<UInt> {
    UnsafeMutableRawPointer(self).assumingMemoryBound(to: WaitingPlace.self).field(\.holder)
  }
}

/// Waiters that were served under a lock, to be woken after it. Room for one without allocation.
package struct Wakeups {
  private var first: Wakeup?
  private var rest: [Wakeup] = []

  package init() {}

  package mutating func append(_ wakeup: Wakeup) {
    if first == nil { first = wakeup } else { rest.append(wakeup) }
  }

  package func wakeAll() {
    first?()
    for wakeup in rest { wakeup() }
  }
}

/// A thread asleep on a futex until it is woken once.
final class ThreadSleeper: @unchecked Sendable {  // the word is only touched by atomics
  private let word = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
  init() { word.initialize(to: 0) }
  deinit { word.deallocate() }

  func wake() {
    crv_store(word, 1)
    crv_futex_wake(word, 1)
  }
  func sleep() { while crv_load(word) == 0 { crv_futex_wait(word, 0, -1) } }
}

extension UnsafeMutablePointer<WaitNode> {
  /// Blocks the calling thread until the node is served; called with the lock held, which is released.
  func blockThread(
    _ sleeper: ThreadSleeper, in queue: UnsafeMutablePointer<WaitQueue>, lock: UnsafeMutablePointer<crv_lock>
  ) {
    pointee.lock = lock
    pointee.queue = queue
    pointee.wake = { sleeper.wake() }
    queue.pointee.append(self)
    crv_lock_release(lock)
    sleeper.sleep()
  }
}
