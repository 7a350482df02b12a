import CRevoada
import RevoadaScheduling

/// A typed conduit between goroutines, as in Go: what one sends, exactly one other receives.
///
/// ```swift
/// let jobs = Channel<Int>(capacity: 100)
/// spawn {
///   for job in 1...10 { try await jobs.send(job) }
///   jobs.close()
/// }
/// for try await job in jobs { print(job) }
/// ```
///
/// With capacity 0 a send and a receive meet (a *rendezvous*): `send` returns when a receiver has taken the element. With
/// a capacity, `send` returns when the element is buffered. Waiting senders and receivers are served in the order of
/// their arrival.
///
/// After ``close()``, buffered elements are still received; then `receive` returns `nil`, and a send throws
/// ``ChannelClosed`` with the element in it. Cancelling the task of a waiting send or receive ends the
/// wait with `CancellationError` and leaves no trace; the element of a cancelled send goes to `onUndelivered`, or comes
/// back from ``offer(_:)``. An operation that need not wait succeeds even in a cancelled task.
///
/// Elements need not be `Sendable`: they are *sent*, so the sender can no longer use them. Noncopyable elements work
/// too; see ``offer(_:)``.
///
/// Cost, on one core of 2026: about 25 ns a buffered element, 200 ns for a rendezvous (`make bench`).
public final class Channel<Element: ~Copyable>: @unchecked Sendable {
  // All state is protected by `state.lock`.

  @usableFromInline let state: UnsafeMutablePointer<ChannelState>
  @usableFromInline let buffer: UnsafeMutablePointer<Element>
  @usableFromInline let overflow: OverflowPolicy
  @usableFromInline let onUndelivered: ((consuming Element, UndeliveredReason) -> Void)?

  /// What ``close(throwing:)`` was given; set before `isClosed`, and never changed after it.
  var failure: (any Error)?
  /// What to do when the channel is closed.
  var closeActions: [@Sendable () -> Void] = []
  /// The channel whose state this one shares, if any; see ``init(closingOnRelease:)``.
  @usableFromInline let origin: Channel?

  /// Creates an open channel.
  ///
  /// - Parameters:
  ///   - capacity: the number of elements it buffers, up to 2³⁰; 0 for a rendezvous.
  ///   - overflow: what a send does when the buffer is full. Policies other than `suspend` need a capacity of at least 1.
  ///   - name: for diagnostics.
  ///   - onUndelivered: receives, exactly once, each element that was given to the channel but will not be received: dropped
  ///     by the overflow policy, its send cancelled, or still buffered when the channel is released. It runs without the
  ///     channel's lock, in the task that caused it, and may use the channel.
  ///
  /// A channel with settings that make no sense is closed from the beginning: `receive` throws `InvalidSetting`, and
  /// `send` throws ``ChannelClosed`` with that as its cause.
  @inlinable
  public init(
    capacity: Int = 0, overflow: OverflowPolicy = .suspend, name: String? = nil,
    onUndelivered: ((consuming Element, UndeliveredReason) -> Void)? = nil
  ) {
    let isPossible = 0...1 << 30 ~= capacity && (capacity > 0 || overflow == .suspend)
    let places = isPossible ? capacity : 0
    state = .allocate(capacity: 1)
    state.initialize(to: ChannelState(capacity: places, name: name))
    buffer = .allocate(capacity: Swift.max(1, places))
    self.overflow = overflow
    self.onUndelivered = onUndelivered
    origin = nil
    if !isPossible { closeAsImpossible(capacity) }
  }

  /// With the error that says why there can be no such channel.
  @usableFromInline
  func closeAsImpossible(_ capacity: Int) {
    var check = SettingsCheck("channel of \(Element.self)")
    check.require(0...1 << 30 ~= capacity, "capacity", capacity, "from 0 to \(1 << 30)")
    check.require(capacity > 0, "capacity", capacity, "at least 1 for the overflow policy \(overflow)")
    close(failure: check.fault)
  }

  /// Another handle of `origin`, which it closes when it is released itself.
  ///
  /// Whoever produces elements keeps the origin and hands out this one: so it notices that nobody is left to receive.
  init(closingOnRelease origin: Channel) {
    state = origin.state
    buffer = origin.buffer
    overflow = origin.overflow
    onUndelivered = origin.onUndelivered
    self.origin = origin
  }

  deinit {
    if let origin { return origin.close() }
    // Nobody waits: whoever does keeps the channel.
    while state.pointee.count > 0 {
      let element = (buffer + state.pointee.head).move()
      state.pointee.advanceHead()
      if let onUndelivered { onUndelivered(element, .abandoned) }
    }
    buffer.deallocate()
    state.pointee.forgetSubject()
    state.deallocate()
  }

  // MARK: Looking

  /// The number of buffered elements; a snapshot.
  public var count: Int { withLock { $0.pointee.count } }
  /// The number of elements that the buffer holds.
  public var capacity: Int { state.pointee.capacity }
  /// Whether ``close()`` has been called.
  public var isClosed: Bool { withLock { $0.pointee.isClosed } }

  // MARK: Closing

  /// Closes the channel: waiting receivers get `nil`, waiting senders ``ChannelClosed``. Closing twice is harmless.
  public func close() { close(failure: nil) }

  /// Closes the channel because of an error: once the buffered elements are received, every receive throws it.
  ///
  /// Where nothing can be thrown it is a close like any other: `tryReceive` says `closed`, a send throws ``ChannelClosed``.
  /// The first close decides; later ones do nothing.
  public func close(throwing error: any Error) { close(failure: error) }

  private func close(failure: (any Error)?) {
    if let origin { return origin.close(failure: failure) }
    let state = state
    crv_lock_acquire(state.lock)
    if !state.pointee.isClosed { self.failure = failure }
    state.pointee.isClosed = true
    let actions = closeActions
    closeActions = []
    // One at a time: what a woken waiter does must not run under the lock, and nobody joins a closed channel's queues.
    while let node = state.pointee.receivers.popFirst() ?? state.pointee.senders.popFirst() {
      let wake = node.granted(.closed)
      crv_lock_release(state.lock)
      wake()
      crv_lock_acquire(state.lock)
    }
    crv_lock_release(state.lock)
    for action in actions { action() }
  }

  /// Calls `action`, without a lock, when the channel is closed: at once if it is already.
  func whenClosed(_ action: @escaping @Sendable () -> Void) {
    if let origin { return origin.whenClosed(action) }
    let isClosed = withLock { state in
      if !state.pointee.isClosed { closeActions.append(action) }
      return state.pointee.isClosed
    }
    if isClosed { action() }
  }

  /// The error that the channel was closed with, if any; to be read once it is closed.
  @usableFromInline
  var closingError: (any Error)? { origin?.failure ?? failure }

  /// What a receive gives once the channel is closed and drained: nil, or the error it was closed with.
  @usableFromInline
  func ended() throws -> Element? {
    if let failure = closingError { throw failure }
    return nil
  }

  @usableFromInline
  func withLock<R>(_ body: (UnsafeMutablePointer<ChannelState>) -> R) -> R {
    crv_lock_acquire(state.lock)
    defer { crv_lock_release(state.lock) }
    return body(state)
  }
}
