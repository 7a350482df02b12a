import RevoadaScheduling

/// Receives an element if the select chooses this case.
public struct Receive<Source: ReceiveSource, Output>: SelectCases {
  @usableFromInline let source: Source
  @usableFromInline let handler: nonisolated(nonsending) (Source.Element?) async throws -> Output

  @inlinable @inline(__always)
  init(source: Source, _ handler: nonisolated(nonsending) @escaping (Source.Element?) async throws -> Output)
  {
    self.source = source
    self.handler = handler
  }

  /// A case that is ready when the channel has an element, or is closed and drained; the handler then gets `nil`, or the select
  /// throws the error of ``Channel/close(throwing:)``.
  @inlinable @inline(__always)
  public init<Element>(
    _ channel: Channel<Element>,
    _ handler: nonisolated(nonsending) @escaping (Element?) async throws -> Output
  ) where Source == ChannelSource<Element> {
    self.init(source: ChannelSource(channel), handler)
  }

  /// One.
  @inlinable @inline(__always)
  public var caseCount: Int { 1 }
  /// Describes the case.
  @inlinable @inline(__always)
  public func describe(_ slots: UnsafeMutablePointer<SelectSlot>) { source.describe(slots) }
  /// Lets go of what a loser has waited with.
  @inlinable @inline(__always)
  public func settle(_ slots: UnsafeMutablePointer<SelectSlot>, chosen: Int) {
    source.settle(slots, won: chosen == 0)
  }
  /// Hands the element to the handler.
  @inlinable @inline(__always)
  nonisolated(nonsending) public func finish(_ slot: SelectSlot, index: Int) async throws -> Output {
    try await handler(try source.take(slot))
  }
}

/// What a ``Receive`` receives from. For the library's own types, see ``SelectCases``.
public protocol ReceiveSource {
  /// What is received.
  associatedtype Element
  /// Describes the case.
  func describe(_ slot: UnsafeMutablePointer<SelectSlot>)
  /// After the select is decided: lets go of what a loser has waited with.
  func settle(_ slot: UnsafeMutablePointer<SelectSlot>, won: Bool)
  /// The element that the winner received; nil if the source has ended.
  func take(_ slot: SelectSlot) throws -> Element?
}

/// A channel as the source of a ``Receive``.
public struct ChannelSource<Element>: ReceiveSource {
  @usableFromInline let channel: Channel<Element>

  @inlinable @inline(__always)
  init(_ channel: Channel<Element>) { self.channel = channel }

  /// Describes the case.
  @inlinable @inline(__always)
  public func describe(_ slot: UnsafeMutablePointer<SelectSlot>) {
    slot.initialize(to: SelectSlot(.receive, channel))
  }
  /// Gives the loser's node back.
  @inlinable @inline(__always)
  public func settle(_ slot: UnsafeMutablePointer<SelectSlot>, won: Bool) {
    if !won { slot.pointee.node?.recycle() }
  }
  /// Moves the element out of the winner's node.
  @inlinable @inline(__always)
  public func take(_ slot: SelectSlot) throws -> Element? {
    if slot.outcome == .granted, let node = slot.node {
      let element = node.slot(for: Element.self).move()
      node.recycle()
      return element
    }
    slot.node?.recycle()
    return try channel.ended()
  }
}

/// Sends an element if the select chooses this case.
public struct Send<Element, Output>: SelectCases {
  @usableFromInline let element: Element
  @usableFromInline let channel: Channel<Element>
  @usableFromInline let handler: nonisolated(nonsending) () async throws -> Output

  /// A case that is ready when the channel accepts the element.
  ///
  /// If the channel is closed, the select chooses the case and throws ``ChannelClosed`` with the element.
  @inlinable @inline(__always)
  public init(
    _ element: Element, to channel: Channel<Element>,
    _ handler: nonisolated(nonsending) @escaping () async throws -> Output
  ) {
    self.element = element
    self.channel = channel
    self.handler = handler
  }

  /// One.
  @inlinable @inline(__always)
  public var caseCount: Int { 1 }
  /// Describes the case.
  @inlinable @inline(__always)
  public func describe(_ slots: UnsafeMutablePointer<SelectSlot>) {
    slots.initialize(to: SelectSlot(.send, channel))
    slots.node().slot(for: Element.self).initialize(to: element)
  }
  /// Lets go of an element that was not sent.
  @inlinable @inline(__always)
  public func settle(_ slots: UnsafeMutablePointer<SelectSlot>, chosen: Int) {
    let node = slots.node()
    // A granted send's element has been moved to its receiver.
    if chosen != 0 || slots.pointee.outcome != .granted {
      node.slot(for: Element.self).deinitialize(count: 1)
    }
    node.recycle()
  }
  /// Runs the handler, or throws if the channel is closed.
  @inlinable @inline(__always)
  nonisolated(nonsending) public func finish(_ slot: SelectSlot, index: Int) async throws -> Output {
    if slot.outcome == .closed { throw ChannelClosed(element: element) }
    return try await handler()
  }
}

/// Chosen when no other case is ready: the select then does not wait.
public struct Default<Output>: SelectCases {
  @usableFromInline let handler: nonisolated(nonsending) () async throws -> Output

  /// A case for when nothing else is ready.
  @inlinable @inline(__always)
  public init(_ handler: nonisolated(nonsending) @escaping () async throws -> Output) {
    self.handler = handler
  }

  /// One.
  @inlinable @inline(__always)
  public var caseCount: Int { 1 }
  /// Describes the case.
  @inlinable @inline(__always)
  public func describe(_ slots: UnsafeMutablePointer<SelectSlot>) {
    slots.initialize(to: SelectSlot(.fallback))
  }
  /// Nothing to do.
  @inlinable @inline(__always)
  public func settle(_ slots: UnsafeMutablePointer<SelectSlot>, chosen: Int) {}
  /// Runs the handler.
  @inlinable @inline(__always)
  nonisolated(nonsending) public func finish(_ slot: SelectSlot, index: Int) async throws -> Output {
    try await handler()
  }
}
