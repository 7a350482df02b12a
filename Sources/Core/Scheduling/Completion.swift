import CRevoada
import Synchronization

/// An event that happens once and that tasks wait for. Costs one word until somebody waits.
@usableFromInline
package struct Completion: ~Copyable, Sendable {
  /// 0: not yet; 1: done; else the address of the waiters.
  private let word = Atomic<UInt>(0)

  private struct Waiters {
    var queue: WaitQueue
    var lock = crv_lock()
    var done = false
  }

  package init() {}
  deinit {
    if let waiters = Self.waiters(word.load(ordering: .acquiring) & ~1) { waiters.deallocate() }
  }

  private static func waiters(_ word: UInt) -> UnsafeMutablePointer<Waiters>? {
    UnsafeMutablePointer(bitPattern: word)
  }

  package var isDone: Bool { word.load(ordering: .acquiring) & 1 == 1 }

  /// Suspends until the event has happened.
  /// - Returns: `granted`, or `cancelled` if the waiting task was cancelled first.
  @usableFromInline
  nonisolated(nonsending)
    package func wait(_ about: WaitAbout = WaitAbout(.other)) async -> WaitOutcome
  {
    guard let waiters = register(about) else { return .granted }
    crv_lock_acquire(Self.lock(waiters))
    if waiters.pointee.done {
      crv_lock_release(Self.lock(waiters))
      return .granted
    }
    let node = WaitNode.take()
    await node.park(in: Self.queue(waiters), lock: Self.lock(waiters))
    let outcome = node.pointee.outcome
    node.recycle()
    return outcome
  }

  /// Blocks the calling thread until the event has happened.
  package func waitBlocking() {
    guard let waiters = register(WaitAbout(.other)) else { return }
    crv_lock_acquire(Self.lock(waiters))
    if waiters.pointee.done { return crv_lock_release(Self.lock(waiters)) }
    let node = WaitNode.take()
    node.blockThread(ThreadSleeper(), in: Self.queue(waiters), lock: Self.lock(waiters))
    node.recycle()
  }

  /// Lets everybody go on. Later calls do nothing.
  package func complete() {
    let old = word.bitwiseOr(1, ordering: .acquiringAndReleasing).oldValue
    guard old & 1 == 0, let waiters = Self.waiters(old) else { return }
    crv_lock_acquire(Self.lock(waiters))
    waiters.pointee.done = true
    while let node = waiters.pointee.queue.popFirst() {
      let wake = node.granted()
      crv_lock_release(Self.lock(waiters))
      wake()
      crv_lock_acquire(Self.lock(waiters))
    }
    crv_lock_release(Self.lock(waiters))
  }

  /// The waiters' memory, made by the first of them; nil when the event has happened.
  private func register(_ about: WaitAbout) -> UnsafeMutablePointer<Waiters>? {
    let current = word.load(ordering: .acquiring)
    if current & 1 == 1 { return nil }
    if let waiters = Self.waiters(current) { return waiters }
    let fresh = UnsafeMutablePointer<Waiters>.allocate(capacity: 1)
    fresh.initialize(to: Waiters(queue: WaitQueue(about)))
    let (exchanged, found) = word.compareExchange(
      expected: 0, desired: UInt(bitPattern: fresh), ordering: .acquiringAndReleasing)
    if exchanged { return fresh }
    fresh.deallocate()
    return found & 1 == 1 ? nil : Self.waiters(found)
  }

  private static func queue(_ waiters: UnsafeMutablePointer<Waiters>) -> UnsafeMutablePointer<WaitQueue> {
    UnsafeMutableRawPointer(waiters).assumingMemoryBound(to: WaitQueue.self)
  }
  private static func lock(_ waiters: UnsafeMutablePointer<Waiters>) -> UnsafeMutablePointer<crv_lock> {
    UnsafeMutableRawPointer(waiters).advanced(by: MemoryLayout<Waiters>.offset(of: \.lock)!)
      .assumingMemoryBound(to: crv_lock.self)
  }
}
