import CRevoada
import RevoadaScheduling

/// Receives an element if the select chooses this case.
public final class Receive<Element, Output>: QueuedSelectCase<Output> {
  private let channel: Channel<Element>
  private let handler: (Element?) async throws -> Output
  private var element: Element?

  /// A case that is ready when the channel has an element, or is closed and drained; the handler then gets `nil`.
  public init(_ channel: Channel<Element>, _ handler: @escaping (Element?) async throws -> Output) {
    self.channel = channel
    self.handler = handler
  }

  package override var lock: UnsafeMutablePointer<crv_lock>? { channel.state.lock }

  package override func commitIfReady(wake: inout [Wakeup]) -> Bool {
    switch channel.receiveLocked(wake: &wake) {
    case .received(let received):
      element = received
      return true
    case .closed: return true
    case .empty: return false
    }
  }

  package override func enqueue(_ state: SelectState, index: Int32) {
    enqueue(state, index: index, in: channel.state.receivers) { $0.prepareSlot(for: Element.self) }
  }

  package override func conclude(won: Bool) {
    guard let node else { return }
    if won, node.pointee.outcome == .granted { element = node.slot(for: Element.self).move() }
    release()
  }

  package override func finish() async throws -> Output { try await handler(element) }
}

/// Sends an element if the select chooses this case.
public final class Send<Element, Output>: QueuedSelectCase<Output> {
  private let channel: Channel<Element>
  private let element: Element
  private let handler: () async throws -> Output
  private var isClosed = false

  /// A case that is ready when the channel accepts the element. If the channel is closed, the select throws
  /// ``ChannelClosed`` with the element.
  public init(
    _ element: Element, to channel: Channel<Element>, _ handler: @escaping () async throws -> Output
  ) {
    self.element = element
    self.channel = channel
    self.handler = handler
  }

  package override var lock: UnsafeMutablePointer<crv_lock>? { channel.state.lock }

  package override func commitIfReady(wake: inout [Wakeup]) -> Bool {
    switch channel.sendLocked(element, wake: &wake) {
    case .sent: return true
    case .closed:
      isClosed = true
      return true
    case .full: return false
    }
  }

  package override func enqueue(_ state: SelectState, index: Int32) {
    enqueue(state, index: index, in: channel.state.senders) { node in
      node.prepareSlot(for: Element.self)
      node.slot(for: Element.self).initialize(to: element)
    }
  }

  package override func conclude(won: Bool) {
    guard let node else { return }
    // A receiver has moved the element out of the slot of a granted send only.
    if !won || node.pointee.outcome != .granted {
      node.slot(for: Element.self).deinitialize(count: 1)
      isClosed = won
    }
    release()
  }

  package override func finish() async throws -> Output {
    if isClosed { throw ChannelClosed(element: element) }
    return try await handler()
  }
}

extension Channel {
  /// Receives with the lock held, without waiting.
  fileprivate func receiveLocked(wake: inout [Wakeup]) -> TryReceiveResult<Element> {
    if state.pointee.count > 0 {
      let element = (buffer + state.pointee.head).move()
      state.pointee.advanceHead()
      state.pointee.received &+= 1
      if let sender = state.pointee.senders.popFirst() {
        (buffer + state.pointee.tail).moveInitialize(from: sender.slot(for: Element.self), count: 1)
        state.pointee.count &+= 1
        state.pointee.sent &+= 1
        wake.append(sender.granted())
      }
      return .received(element)
    }
    if let sender = state.pointee.senders.popFirst() {
      let element = sender.slot(for: Element.self).move()
      state.pointee.sent &+= 1
      state.pointee.received &+= 1
      wake.append(sender.granted())
      return .received(element)
    }
    return state.pointee.isClosed ? .closed : .empty
  }

  /// Sends with the lock held, without waiting; a full channel's overflow policy does not apply to a select.
  fileprivate func sendLocked(_ element: Element, wake: inout [Wakeup]) -> TrySendResult<Element> {
    if state.pointee.isClosed { return .closed(element) }
    if let receiver = state.pointee.receivers.popFirst() {
      receiver.slot(for: Element.self).initialize(to: element)
      state.pointee.sent &+= 1
      state.pointee.received &+= 1
      wake.append(receiver.granted())
      return .sent
    }
    if state.pointee.count < state.pointee.capacity {
      (buffer + state.pointee.tail).initialize(to: element)
      state.pointee.count &+= 1
      state.pointee.sent &+= 1
      return .sent
    }
    return .full(element)
  }
}
