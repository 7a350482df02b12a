import CRevoada
import CoreMetrics
import RevoadaInstruments
import RevoadaScheduling

/// A channel that gives the element of the highest priority first, and those of one priority in the order in which they were sent.
///
/// ```swift
/// let urgent = PriorityChannel<String>(capacity: 10)
/// try await urgent.send("later", priority: 1)
/// try await urgent.send("now", priority: 10)
/// print(try await urgent.receive() ?? "closed")  // now
/// ```
///
/// Senders that wait for room take part: a receive gives the highest of all elements, buffered or waiting, and room goes to the waiting
/// sender of the highest priority. With capacity 0 a send and a receive meet. Otherwise it is like a ``Channel``: after
/// ``close()`` what is buffered is still received, a failed send gives its element back, and cancelling a wait leaves no trace.
///
/// With `ageing`, an element gains one level of priority for each such time that it waits, so that a steady stream of high
/// priorities cannot keep a low one waiting for ever. Two elements sent within one interval of each other are never
/// reordered by it.
///
/// Cost: a binary heap under a lock; a send and a receive take about 60 ns together (`make bench-flow`).
public final class PriorityChannel<Element>: @unchecked Sendable {
  // All state is protected by `state.lock`.

  @usableFromInline let state: UnsafeMutablePointer<ChannelState>
  @exclusivity(unchecked) @usableFromInline var heap = PriorityHeap<Element>()
  @exclusivity(unchecked) @usableFromInline var order: PriorityOrder
  @exclusivity(unchecked) @usableFromInline var waitingSenders: PrioritySenders
  @usableFromInline let isAgeing: Bool
  private let timers: Timers
  private let onUndelivered: ((consuming Element, UndeliveredReason) -> Void)?
  private let undeliveredCounter: Counter?

  /// Creates an open channel.
  ///
  /// - Parameters:
  ///   - capacity: the number of elements it buffers; nil for no limit, 0 (or less) for a rendezvous.
  ///   - ageing: the time in which a waiting element gains one level of priority; nil, zero or less for none.
  ///   - name: for its metrics.
  ///   - onUndelivered: receives, exactly once and without the lock, each element whose `send` was cancelled while it waited, and
  ///     each that is still buffered when the channel is released.
  public init(
    capacity: Int? = nil, ageing: Duration? = nil, name: String? = nil,
    onUndelivered: ((consuming Element, UndeliveredReason) -> Void)? = nil
  ) {
    state = .allocate(capacity: 1)
    state.initialize(to: ChannelState(capacity: capacity.map { Swift.max(0, $0) } ?? .max, name: name))
    waitingSenders = PrioritySenders(state.pointee.senders.about)
    let ageing = ageing.flatMap { $0 > .zero ? $0.nanoseconds : nil }
    order = PriorityOrder(ageing: ageing)
    isAgeing = ageing != nil
    timers = .current
    self.onUndelivered = onUndelivered
    undeliveredCounter = Instruments(kind: "priority_channel", name: name).counter("undelivered")
  }

  deinit {
    // Nobody waits: whoever does keeps the channel.
    while heap.count > 0 { reportUndelivered(heap.pop().element, .abandoned) }
    heap.entries.deallocate()
    waitingSenders.prune()
    state.pointee.forgetSubject()
    state.deallocate()
  }

  // MARK: Looking

  /// The number of buffered elements; a snapshot.
  public var count: Int { withLock { heap.count } }
  /// The number of elements that it buffers; nil without a limit.
  public var capacity: Int? { state.pointee.capacity == .max ? nil : state.pointee.capacity }
  /// Whether ``close()`` has been called.
  public var isClosed: Bool { withLock { state.pointee.isClosed } }

  // MARK: Closing

  /// Closes the channel: waiting receivers get `nil`, waiting senders ``ChannelClosed``. Closing twice is harmless.
  public func close() {
    crv_lock_acquire(state.lock)
    state.pointee.isClosed = true
    // One at a time, as in Channel.close.
    while let node = state.pointee.receivers.popFirst() ?? waitingSenders.popAny() {
      let wake = node.granted(.closed)
      crv_lock_release(state.lock)
      wake()
      crv_lock_acquire(state.lock)
    }
    crv_lock_release(state.lock)
  }

  /// By the clock of the ageing.
  @usableFromInline var now: Int64 { timers.now }

  @usableFromInline
  func reportUndelivered(_ element: consuming Element, _ reason: UndeliveredReason) {
    undeliveredCounter?.increment()
    onUndelivered?(element, reason)
  }

  private func withLock<R>(_ body: () -> R) -> R {
    crv_lock_acquire(state.lock)
    defer { crv_lock_release(state.lock) }
    return body()
  }
}

extension PriorityChannel: InspectableChannel {
  /// The channel as it is now, read in one step.
  public var snapshot: ChannelSnapshot {
    withLock {
      var snapshot = state.snapshot()
      snapshot.ledger.buffered = heap.count
      snapshot.capacity = capacity
      snapshot.blockedSenders = waitingSenders.count
      return snapshot
    }
  }
}
