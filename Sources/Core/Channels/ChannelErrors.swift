import RevoadaScheduling

/// A send on a closed channel; the element comes back in it.
public struct ChannelClosed<Element>: Error, CustomStringConvertible, @unchecked Sendable {
  // Sendable although the element may not be: it was never received, so the error holds the only reference.

  /// The element that was not sent.
  public let element: Element
  /// The error with which the channel was closed, if it was by one: ``Channel/close(throwing:)``, or `InvalidSetting` for a channel
  /// that cannot exist.
  public let cause: (any Error)?
  @usableFromInline
  init(element: Element, cause: (any Error)? = nil) {
    self.element = element
    self.cause = cause
  }
  /// A sentence for people.
  public var description: String {
    "send on a closed channel of \(Element.self)" + (cause.map { ": \($0)" } ?? "")
  }
}

/// A send on a full channel whose policy is ``OverflowPolicy/fail``; the element comes back in it.
public struct ChannelFull<Element>: Error, CustomStringConvertible, @unchecked Sendable {
  // Sendable: see ChannelClosed.

  /// The element that was not sent.
  public let element: Element
  @usableFromInline
  init(element: Element) { self.element = element }
  /// A sentence for people.
  public var description: String { "the channel of \(Element.self) is full" }
}

/// A send that found no room in time; the element comes back in it.
public struct SendTimedOut<Element>: Error, CustomStringConvertible, @unchecked Sendable {
  // Sendable: see ChannelClosed.

  /// The element that was not sent.
  public let element: Element
  /// How long the send waited.
  public let timeout: Duration
  /// A sentence for people.
  public var description: String { "no room in the channel of \(Element.self) within \(timeout)" }
}
