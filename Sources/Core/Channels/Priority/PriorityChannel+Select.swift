import CRevoada
import RevoadaScheduling

extension Receive {
  /// A case that is ready when the channel has an element, or is closed and drained; the handler then gets `nil`.
  public init<Element>(
    _ channel: PriorityChannel<Element>,
    _ handler: nonisolated(nonsending) @escaping (Element?) async throws -> Output
  ) where Source == PriorityChannelSource<Element> {
    self.init(source: PriorityChannelSource(waiting: PriorityWaiting(channel)), handler)
  }
}

/// A priority channel as the source of a ``Receive``.
public struct PriorityChannelSource<Element>: ReceiveSource {
  fileprivate let waiting: PriorityWaiting<Element>

  /// Describes the case.
  public func describe(_ slot: UnsafeMutablePointer<SelectSlot>) {
    slot.initialize(to: SelectSlot(.other, waiting: .passUnretained(waiting)))
  }
  /// Tells the wait how it ended.
  public func settle(_ slot: UnsafeMutablePointer<SelectSlot>, won: Bool) { waiting.conclude(won: won) }
  /// Takes what the wait was given.
  public func take(_ slot: SelectSlot) throws -> Element? { waiting.take() }
}

/// A select's wait for an element of a ``PriorityChannel``.
fileprivate final class PriorityWaiting<Element>: SelectWaiting {
  private let channel: PriorityChannel<Element>
  private let waiter = WaitNode.take()

  init(_ channel: PriorityChannel<Element>) {
    self.channel = channel
    waiter.prepareSlot(for: Element.self)
  }
  deinit { waiter.recycle() }

  override var lock: UnsafeMutablePointer<crv_lock>? { channel.state.lock }
  override func commitIfReady(wake: inout Wakeup) -> Bool {
    if let element = channel.take(&wake) {
      waiter.slot(for: Element.self).initialize(to: element)
      waiter.pointee.outcome = .granted
      return true
    }
    if channel.state.pointee.isClosed { waiter.pointee.outcome = .closed }
    return channel.state.pointee.isClosed
  }
  override func enqueue(_ state: SelectPointer, index: Int32) {
    queue(waiter, in: channel.state.receivers, of: state, index: index)
  }

  /// What the winner received; nil if the channel is closed.
  func take() -> Element? {
    waiter.pointee.outcome == .granted ? waiter.slot(for: Element.self).move() : nil
  }
}

extension PriorityChannel {
  /// A case of a select that sends an element: ready when there is room, or a receiver takes it.
  ///
  /// If the channel is closed, the select chooses the case and throws ``ChannelClosed`` with the element.
  public func whenSendable<Output>(
    _ element: sending Element, priority: Int, _ handler: @escaping () async throws -> Output
  ) -> SelectCase<Output> {
    let waiting = PrioritySending(self, element, priority)
    return SelectCase(waiting) {
      if let element = waiting.takeUnsent() { throw ChannelClosed(element: element) }
      return try await handler()
    }
  }
}

/// A select's wait for room in a ``PriorityChannel``.
private final class PrioritySending<Element>: SelectWaiting {
  private let channel: PriorityChannel<Element>
  private let priority: Int
  /// Nil once it was sent.
  private var element: Element?

  init(_ channel: PriorityChannel<Element>, _ element: Element, _ priority: Int) {
    self.channel = channel
    self.element = element
    self.priority = priority
  }

  override var lock: UnsafeMutablePointer<crv_lock>? { channel.state.lock }

  override func commitIfReady(wake: inout Wakeup) -> Bool {
    if channel.state.pointee.isClosed { return true }
    guard let element, channel.accept(Ranked(rank: channel.nextRank(priority), element: element), &wake)
    else {
      return false
    }
    self.element = nil
    return true
  }

  override func enqueue(_ state: SelectPointer, index: Int32) {
    guard let element else { return }
    let waiter = WaitNode.take()
    waiter.prepareSlot(for: Ranked<Element>.self)
    waiter.slot(for: Ranked<Element>.self).initialize(
      to: Ranked(rank: channel.nextRank(priority), element: element))
    queue(waiter, in: channel.waitingSenders.queue(for: priority), of: state, index: index)
  }

  override func conclude(won: Bool) {
    guard let node else { return }
    if won && node.pointee.outcome == .granted {
      element = nil  // moved to its receiver, or into the heap
    } else {
      node.slot(for: Ranked<Element>.self).deinitialize(count: 1)
      crv_lock_acquire(channel.state.lock)
      channel.waitingSenders.prune()
      crv_lock_release(channel.state.lock)
    }
    node.recycle()
    self.node = nil
  }

  /// The element, if the channel was closed.
  func takeUnsent() -> Element? {
    defer { element = nil }
    return element
  }
}
