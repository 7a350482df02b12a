import RevoadaScheduling

/// Receives an element if the select chooses this case.
public struct Receive<Element, Output>: SelectCases {
  @usableFromInline let channel: Channel<Element>?
  @usableFromInline let handler: (nonisolated(nonsending) (Element?) async throws -> Output)?
  /// The case, if it receives from something else than a channel.
  @usableFromInline let other: SelectCase<Output>?

  /// A case that is ready when the channel has an element, or is closed and drained; the handler then gets `nil`, or the select
  /// throws the error of ``Channel/close(throwing:)``.
  @inlinable @inline(__always)
  public init(
    _ channel: Channel<Element>,
    _ handler: nonisolated(nonsending) @escaping (Element?) async throws -> Output
  ) {
    self.channel = channel
    self.handler = handler
    other = nil
  }

  init(_ other: SelectCase<Output>) {
    channel = nil
    handler = nil
    self.other = other
  }

  /// One.
  @inlinable @inline(__always)
  public var caseCount: Int { 1 }
  /// Describes the case.
  @inlinable @inline(__always)
  public func describe(_ slots: UnsafeMutablePointer<SelectSlot>) {
    if let other { return other.describe(slots) }
    slots.initialize(to: SelectSlot(.receive, channel.unsafelyUnwrapped))
  }
  /// Lets go of what a loser has waited with.
  @inlinable @inline(__always)
  public func settle(_ slots: UnsafeMutablePointer<SelectSlot>, chosen: Int) {
    if let other { return other.settle(slots, chosen: chosen) }
    if chosen != 0 { slots.pointee.node?.recycle() }
  }
  /// Hands the element to the handler.
  @inlinable @inline(__always)
  nonisolated(nonsending) public func finish(_ slot: SelectSlot, index: Int) async throws -> Output {
    if let other { return try await other.finish(slot, index: index) }
    let handler = handler.unsafelyUnwrapped
    if slot.outcome == .granted, let node = slot.node {
      let element = node.slot(for: Element.self).move()
      node.recycle()
      return try await handler(element)
    }
    slot.node?.recycle()
    return try await handler(channel.unsafelyUnwrapped.ended())
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
