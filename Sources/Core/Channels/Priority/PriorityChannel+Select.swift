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
