import CRevoada
import RevoadaScheduling

/// One subscriber's end of a ``Broadcaster``: a queue of the elements that are broadcast. Ends when it is released.
///
/// Several tasks may receive from one subscription; each element then goes to one of them.
public final class Subscription<Element: Sendable>: Sendable {
  @usableFromInline let mailbox: Mailbox<Element>
  // Weak: a broadcaster that nobody else has is closed.
  private weak let broadcaster: Broadcaster<Element>?

  init(_ mailbox: Mailbox<Element>, of broadcaster: Broadcaster<Element>?) {
    self.mailbox = mailbox
    self.broadcaster = broadcaster
  }

  deinit { unsubscribe() }

  /// A subscription that was not possible: each receive throws why.
  package static func refused(_ error: any Error) -> Subscription {
    let refused = Subscription(Mailbox(Channel(capacity: 1), policy: .block), of: nil)
    refused.mailbox.channel.close(throwing: error)
    return refused
  }

  /// Receives the next element. Suspends until there is one.
  ///
  /// - Returns: `nil` when the broadcaster is closed and everything received, or after ``unsubscribe()``.
  /// - Throws: ``SubscriptionLagged``, once for each gap, and the next receive goes on with the oldest element left;
  ///   ``SubscriptionDisconnected``, when everything buffered is received; `CancellationError`.
  @inlinable
  nonisolated(nonsending)
    public func receive() async throws -> Element?
  {
    let channel = mailbox.channel
    if mailbox.policy != .lag { return try await channel.receive() }
    // One step, so that no gap can slip in between.
    crv_lock_acquire(channel.state.lock)
    if let lagged = takeMissed() {
      crv_lock_release(channel.state.lock)
      throw lagged
    }
    return try await channel.receiveLocked()
  }

  /// Receives the next element, if there is one within `timeout`.
  /// - Throws: `TimedOut`, and then nothing was taken; otherwise as ``receive()``.
  public func receive(timeout: Duration) async throws -> Element? {
    switch try tryReceive() {
    case .received(let element): element
    case .closed: nil
    case .empty: try await withTimeout(timeout) { try await self.receive() }
    }
  }

  /// Receives without waiting.
  /// - Throws: ``SubscriptionLagged`` and ``SubscriptionDisconnected`` as ``receive()``.
  public func tryReceive() throws -> TryReceiveResult<Element> {
    if let lagged = mailbox.channel.withLock({ _ in takeMissed() }) { throw lagged }
    let result = mailbox.channel.tryReceive()
    if case .closed = result { _ = try mailbox.channel.ended() }
    return result
  }

  /// Ends the subscription: nothing is delivered any more, and waiting receivers get `nil`.
  ///
  /// What is buffered goes to `onUndelivered` as ``UndeliveredReason/abandoned``, and so does what a broadcast waits to
  /// deliver, which waits no longer. Later calls do nothing.
  public func unsubscribe() {
    broadcaster?.remove(mailbox)
    mailbox.channel.close()
    mailbox.channel.abandonBuffered()
  }

  /// The number of buffered elements; a snapshot.
  public var count: Int { mailbox.channel.count }
  /// The number of elements that the subscription buffers.
  public var capacity: Int { mailbox.channel.capacity }
  /// Whether nothing more will be delivered.
  public var isClosed: Bool { mailbox.channel.isClosed }
  /// What happens when the buffer is full.
  public var policy: SubscriptionPolicy { mailbox.policy }

  /// With the lock held.
  @usableFromInline
  func takeMissed() -> SubscriptionLagged? {
    if mailbox.missed == 0 { return nil }
    defer { mailbox.missed = 0 }
    return SubscriptionLagged(missed: mailbox.missed)
  }
}

extension Subscription: InspectableChannel {
  /// The subscription as it is now, read in one step. In its ledger, `sent` counts what was delivered or dropped.
  public var snapshot: ChannelSnapshot {
    let oldest = mailbox.policy == .dropOldest || mailbox.policy == .lag
    return mailbox.channel.withLock { $0.snapshot(droppingOldest: oldest, droppingNewest: !oldest) }
  }
}

extension Subscription: AsyncSequence {
  /// Receives from a subscription until it ends.
  public struct Iterator: AsyncIteratorProtocol {
    @usableFromInline let subscription: Subscription

    @inlinable
    init(_ subscription: Subscription) { self.subscription = subscription }

    /// The next element; see ``Subscription/receive()``.
    @inlinable
    public mutating func next() async throws -> Element? { try await subscription.receive() }

    /// The next element; see ``Subscription/receive()``.
    @inlinable @inline(__always)
    nonisolated(nonsending)
      public mutating func next(isolation actor: (any Actor)?) async throws(any Error) -> Element?
    {
      // The actor is not `isolated`: see `Channel.Iterator`.
      try await subscription.receive()
    }
  }

  /// A loop ends with the error that a receive throws; after ``SubscriptionLagged`` another may go on.
  @inlinable
  public func makeAsyncIterator() -> Iterator { Iterator(self) }
}
