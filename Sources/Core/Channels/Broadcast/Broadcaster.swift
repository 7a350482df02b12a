import CRevoada
import CoreMetrics
import RevoadaInstruments
import RevoadaScheduling

/// Sends each element to every subscriber; each of them chooses how much it buffers and what happens when it is slow.
///
/// ```swift
/// let news = Broadcaster<String>()
/// let reader = news.subscribe(buffer: 16, policy: .dropOldest, replay: 2)
/// try await news.broadcast("hi")
/// print(try await reader.receive() ?? "closed")
/// ```
///
/// **A slow subscriber never delays another.** Each has a buffer of its own. `broadcast` serves, in one step, everybody who has room; only then
/// does it wait for the subscribers with the policy ``SubscriptionPolicy/block`` that are full. While it waits, other broadcasts
/// pass, and their elements queue behind the waiting ones where those wait. So such a subscriber holds back whoever
/// broadcasts, which is what it asked for, and nothing that has been broadcast. All subscribers receive in the same order.
///
/// The last elements are kept from the start, so that a later subscriber can have some of them replayed.
///
/// After ``close()`` what is buffered is still received. Releasing the broadcaster closes it; releasing a ``Subscription`` ends it.
///
/// Cost: about 50 ns a subscriber and element (`make bench-flow`), and what waking costs for those who wait.
public final class Broadcaster<Element: Sendable>: @unchecked Sendable {
  // All variables are protected by `lock`. A mailbox's lock is taken under it, for no longer than a send takes, so that all
  // subscribers see one order; a receiver takes only that of its own mailbox.

  @usableFromInline let lock: UnsafeMutablePointer<crv_lock>
  @exclusivity(unchecked) @usableFromInline var mailboxes: [Mailbox<Element>] = []
  @exclusivity(unchecked) @usableFromInline var history: History<Element>
  @exclusivity(unchecked) @usableFromInline var closed = false
  @usableFromInline let instruments: BroadcasterInstruments

  /// Creates a broadcaster without subscribers.
  ///
  /// - Parameters:
  ///   - history: how many elements it keeps for replay; zero or less for none.
  ///   - name: for its metrics and logs.
  public init(history: Int = 16, name: String? = nil) {
    lock = .allocate(capacity: 1)
    lock.initialize(to: crv_lock())
    self.history = History(depth: Swift.max(0, history))
    instruments = BroadcasterInstruments(name: name)
  }

  deinit {
    close()
    lock.deallocate()
  }

  /// The number of subscribers.
  public var subscribers: Int { withLock { mailboxes.count } }
  /// Whether ``close()`` has been called.
  public var isClosed: Bool { withLock { closed } }
  /// Whether all subscribers have room.
  package var hasRoom: Bool { withLock { mailboxes.allSatisfy { $0.channel.count < $0.channel.capacity } } }

  /// Subscribes to what is broadcast from now on, and to some of what was before.
  ///
  /// - Parameters:
  ///   - buffer: how many elements the subscription buffers; from 1, or `replay` if that is more, to 1,048,576.
  ///   - policy: what happens when the buffer is full.
  ///   - replay: how many of the last elements are received first, as far as they are kept.
  ///   - onUndelivered: receives, exactly once and without a lock, each element that the subscription was to have and will not receive:
  ///     dropped by its policy, its broadcast cancelled, or buffered when the subscription is given up.
  /// - Returns: the subscription, which ends when it is released. That of a closed broadcaster has only what is replayed.
  public func subscribe(
    buffer: Int = 16, policy: SubscriptionPolicy = .block, replay: Int = 0,
    onUndelivered: ((consuming Element, UndeliveredReason) -> Void)? = nil
  ) -> Subscription<Element> {
    let (mailbox, count) = withLock {
      let replayed = history.last(replay)
      let mailbox = Mailbox(
        Channel(
          capacity: min(max(1, buffer, replayed.count), 1 << 20), overflow: policy.overflow,
          onUndelivered: onUndelivered),
        policy: policy)
      for element in replayed { _ = mailbox.channel.trySend(element) }
      if closed { mailbox.channel.close() } else { mailboxes.append(mailbox) }
      return (mailbox, mailboxes.count)
    }
    instruments.subscribed(policy, count: count)
    return Subscription(mailbox, of: self)
  }

  /// Ends the broadcasts: subscribers receive what is buffered for them, and then `nil`; later broadcasts throw ``ChannelClosed``.
  ///
  /// A broadcast that waits for a full subscriber goes on, and that subscriber still receives its element. Closing twice is harmless.
  public func close() {
    let (rest, isFirst) = withLock {
      let isFirst = !closed
      closed = true
      return (mailboxes, isFirst)
    }
    for mailbox in rest { mailbox.closeUnlessAwaited() }
    if isFirst {
      instruments.logger.debug("the broadcaster was closed", metadata: ["subscribers": "\(rest.count)"])
    }
  }

  func remove(_ mailbox: Mailbox<Element>) {
    let count = withLock {
      mailboxes.removeAll { $0 === mailbox }
      return mailboxes.count
    }
    instruments.subscribersChanged(count)
  }

  func withLock<R>(_ body: () -> R) -> R {
    crv_lock_acquire(lock)
    defer { crv_lock_release(lock) }
    return body()
  }
}

/// The last elements of a broadcaster, in a ring.
@usableFromInline
struct History<Element> {
  @usableFromInline let depth: Int
  @usableFromInline var elements: [Element] = []
  /// Where the oldest is, once the ring is full.
  @usableFromInline var oldest = 0

  init(depth: Int) { self.depth = depth }

  /// Returns the element that is no longer kept: to be released without the lock, since that may run a user's `deinit`.
  @inlinable
  mutating func append(_ element: Element) -> Element? {
    if elements.count < depth {
      elements.append(element)
      return nil
    }
    if depth == 0 { return nil }
    let forgotten = elements[oldest]
    elements[oldest] = element
    oldest = oldest &+ 1 == depth ? 0 : oldest &+ 1
    return forgotten
  }

  /// The last elements, the oldest first.
  func last(_ count: Int) -> [Element] {
    let count = Swift.min(Swift.max(0, count), elements.count)
    return (elements.count - count..<elements.count).map { elements[(oldest + $0) % elements.count] }
  }
}
