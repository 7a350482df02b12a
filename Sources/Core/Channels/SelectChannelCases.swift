import CRevoada
import RevoadaScheduling

/// Receives an element if the select chooses this case.
public struct Receive<Element, Output>: SelectCaseSource {
  /// The case.
  public let selectCase: SelectCase<Output>

  /// A case that is ready when the channel has an element, or is closed and drained; the handler then gets `nil`, or the select
  /// throws the error of ``Channel/close(throwing:)``.
  @inlinable
  public init(_ channel: Channel<Element>, _ handler: @escaping (Element?) async throws -> Output) {
    let waiting = ReceiveWaiting(RawChannel(channel))
    selectCase = SelectCase(waiting) { try await handler(waiting.take(Element.self) ?? channel.ended()) }
  }
}

/// Sends an element if the select chooses this case.
public struct Send<Element, Output>: SelectCaseSource {
  /// The case.
  public let selectCase: SelectCase<Output>

  /// A case that is ready when the channel accepts the element.
  ///
  /// If the channel is closed, the select chooses the case and throws ``ChannelClosed`` with the element.
  @inlinable
  public init(
    _ element: Element, to channel: Channel<Element>, _ handler: @escaping () async throws -> Output
  ) {
    let waiting = SendWaiting(RawChannel(channel))
    waiting.put(element)
    selectCase = SelectCase(waiting) {
      if waiting.isClosed { throw ChannelClosed(element: element) }
      return try await handler()
    }
  }
}

/// A channel without its element type, so that the select's own code need not be generic: it moves elements as bytes.
///
/// A Swift value can be moved so on the platforms of this package, weak references included.
@usableFromInline
struct RawChannel {
  /// Keeps the channel.
  @usableFromInline let owner: AnyObject
  @usableFromInline let state: UnsafeMutablePointer<ChannelState>
  @usableFromInline let buffer: UnsafeMutableRawPointer
  @usableFromInline let size: Int
  @usableFromInline let stride: Int
  @usableFromInline let alignment: Int

  @inlinable
  init<Element>(_ channel: Channel<Element>) {
    owner = channel
    state = channel.state
    buffer = UnsafeMutableRawPointer(channel.buffer)
    size = MemoryLayout<Element>.size
    stride = MemoryLayout<Element>.stride
    alignment = MemoryLayout<Element>.alignment
  }

  /// A node with room for an element.
  func makeNode() -> Waiter {
    let node = WaitNode.take()
    node.prepareSlot(size: size, alignment: alignment)
    return node
  }
  func slot(of node: Waiter) -> UnsafeMutableRawPointer { node.slot(size: size, alignment: alignment) }

  private func place(_ index: Int) -> UnsafeMutableRawPointer { buffer + index * stride }
  private func move(from source: UnsafeMutableRawPointer, to destination: UnsafeMutableRawPointer) {
    destination.copyMemory(from: source, byteCount: size)
  }

  /// With the lock held: receives into a node's slot, without waiting; nil if there is nothing.
  func receive(into node: Waiter, wake: inout Wakeup) -> WaitOutcome? {
    if state.pointee.count > 0 {
      move(from: place(state.pointee.head), to: slot(of: node))
      state.pointee.advanceHead()
      state.pointee.received &+= 1
      if let sender = state.pointee.senders.popFirst() {
        move(from: slot(of: sender), to: place(state.pointee.tail))
        state.pointee.count &+= 1
        state.pointee.sent &+= 1
        wake = sender.granted()
      }
      return .granted
    }
    if let sender = state.pointee.senders.popFirst() {
      move(from: slot(of: sender), to: slot(of: node))
      state.pointee.sent &+= 1
      state.pointee.received &+= 1
      wake = sender.granted()
      return .granted
    }
    return state.pointee.isClosed ? .closed : nil
  }

  /// With the lock held: sends from a node's slot, without waiting; nil if there is no room. A full channel's overflow policy
  /// does not apply to a select: that would always be ready.
  func send(from node: Waiter, wake: inout Wakeup) -> WaitOutcome? {
    if state.pointee.isClosed { return .closed }
    if let receiver = state.pointee.receivers.popFirst() {
      move(from: slot(of: node), to: slot(of: receiver))
      state.pointee.sent &+= 1
      state.pointee.received &+= 1
      wake = receiver.granted()
      return .granted
    }
    if state.pointee.count < state.pointee.capacity {
      move(from: slot(of: node), to: place(state.pointee.tail))
      state.pointee.count &+= 1
      state.pointee.sent &+= 1
      return .granted
    }
    return nil
  }
}

@usableFromInline
final class ReceiveWaiting: SelectWaiting {
  private let channel: RawChannel
  private let waiter: Waiter

  @usableFromInline
  init(_ channel: RawChannel) {
    self.channel = channel
    waiter = channel.makeNode()
  }
  deinit { waiter.recycle() }

  override var lock: UnsafeMutablePointer<crv_lock>? { channel.state.lock }
  override func commitIfReady(wake: inout Wakeup) -> Bool {
    guard let outcome = channel.receive(into: waiter, wake: &wake) else { return false }
    waiter.pointee.outcome = outcome
    return true
  }
  override func enqueue(_ state: SelectState, index: Int32) {
    enqueue(state, index: index, in: channel.state.receivers, node: waiter)
  }

  /// What the winner received; nil if the channel is closed.
  @usableFromInline
  func take<Element>(_ type: Element.Type) -> Element? {
    guard waiter.pointee.outcome == .granted else { return nil }
    return waiter.slot(for: type).move()
  }
}

@usableFromInline
final class SendWaiting: SelectWaiting {
  private let channel: RawChannel
  private let waiter: Waiter
  private var destroy: ((UnsafeMutableRawPointer) -> Void)?

  @usableFromInline
  init(_ channel: RawChannel) {
    self.channel = channel
    waiter = channel.makeNode()
  }
  deinit {
    // A granted send's element has been moved to its receiver.
    if waiter.pointee.outcome != .granted { destroy?(channel.slot(of: waiter)) }
    waiter.recycle()
  }

  @inlinable
  func put<Element>(_ element: Element) {
    put(element) { $0.assumingMemoryBound(to: Element.self).deinitialize(count: 1) }
  }
  @usableFromInline
  func put<Element>(_ element: Element, destroy: @escaping (UnsafeMutableRawPointer) -> Void) {
    waiter.slot(for: Element.self).initialize(to: element)
    self.destroy = destroy
  }

  @usableFromInline var isClosed: Bool { waiter.pointee.outcome == .closed }

  override var lock: UnsafeMutablePointer<crv_lock>? { channel.state.lock }
  override func commitIfReady(wake: inout Wakeup) -> Bool {
    guard let outcome = channel.send(from: waiter, wake: &wake) else { return false }
    waiter.pointee.outcome = outcome
    return true
  }
  override func enqueue(_ state: SelectState, index: Int32) {
    enqueue(state, index: index, in: channel.state.senders, node: waiter)
  }
}
