import CRevoada
import RevoadaScheduling

/// The state of a channel, apart from its elements. Flat memory and protected by `lock`: class fields would cost a
/// dynamic exclusivity check each, as much as the rest of a buffered send.
@usableFromInline
struct ChannelState {
  // What each operation touches lies close together: the lock and `isClosed` fill the gaps behind the queues.

  // Not the first field: the thread sanitizer takes a change of any field for one of the first.
  @usableFromInline var receivers = WaitQueue(WaitAbout(.receive))
  @usableFromInline var lock = crv_lock()
  @usableFromInline var senders = WaitQueue(WaitAbout(.send))
  @usableFromInline var isClosed = false
  @usableFromInline let capacity: Int
  @usableFromInline var head = 0
  @usableFromInline var count = 0
  // The ledger: sent == received + count + dropped + undelivered.
  @usableFromInline var sent = 0
  @usableFromInline var received = 0
  @usableFromInline var dropped = 0
  @usableFromInline var undelivered = 0

  @usableFromInline
  init(capacity: Int, name: String? = nil) {
    self.capacity = capacity
    if let name { note(WaitSubject(name: name)) }
  }

  /// Lets diagnostics know more of both ends.
  mutating func note(_ subject: WaitSubject) {
    receivers.about.note(subject)
    senders.about.note(subject)
  }

  /// Lets go of what diagnostics know, when the channel goes.
  func forgetSubject() {
    receivers.about.release()
    senders.about.release()
  }

  /// The index of the first free place.
  @inlinable @inline(__always)
  var tail: Int {
    let index = head &+ count
    return index >= capacity ? index &- capacity : index
  }

  /// Drops the oldest place from the ring.
  @inlinable @inline(__always)
  mutating func advanceHead() {
    head &+= 1
    if head == capacity { head = 0 }
    count &-= 1
  }
}

/// Pointers into a channel's state. The state never moves while the channel lives, and whoever waits keeps the channel.
///
/// By offset: `&pointee.lock` would claim the whole state, which is not ours before the lock is.
extension UnsafeMutablePointer<ChannelState> {
  @inlinable @inline(__always)
  var lock: UnsafeMutablePointer<crv_lock> { field(\.lock) }
  @inlinable @inline(__always)
  var receivers: UnsafeMutablePointer<WaitQueue> { field(\.receivers) }
  @inlinable @inline(__always)
  var senders: UnsafeMutablePointer<WaitQueue> { field(\.senders) }

  @inlinable @inline(__always)
  func field<Field>(_ path: KeyPath<ChannelState, Field>) -> UnsafeMutablePointer<Field> {
    (UnsafeMutableRawPointer(self) + MemoryLayout<ChannelState>.offset(of: path).unsafelyUnwrapped)
      .assumingMemoryBound(to: Field.self)
  }
}
