/// How ``Channel/offer(_:)`` ended. What was not sent comes back, so that nothing is lost; works for noncopyable
/// elements, which an `Error` cannot carry.
public enum SendResult<Element: ~Copyable>: ~Copyable {
  /// The channel has accepted the element.
  case sent
  /// The buffer is full, and the channel's policy is ``OverflowPolicy/fail``.
  case full(Element)
  /// The channel is closed.
  case closed(Element)
  /// The task was cancelled while it waited.
  case cancelled(Element)
}
extension SendResult: Copyable where Element: Copyable {}
extension SendResult: Sendable where Element: Sendable & ~Copyable {}

/// How ``Channel/trySend(_:)`` ended. What was not sent comes back.
public enum TrySendResult<Element: ~Copyable>: ~Copyable {
  /// The channel has accepted the element.
  case sent
  /// No receiver waits and the buffer is full.
  case full(Element)
  /// The channel is closed.
  case closed(Element)
}
extension TrySendResult: Copyable where Element: Copyable {}
extension TrySendResult: Sendable where Element: Sendable & ~Copyable {}

/// How ``Channel/tryReceive()`` ended.
public enum TryReceiveResult<Element: ~Copyable>: ~Copyable {
  /// An element.
  case received(Element)
  /// Nothing is buffered and no sender waits.
  case empty
  /// The channel is closed and drained.
  case closed
}
extension TryReceiveResult: Copyable where Element: Copyable {}
extension TryReceiveResult: Sendable where Element: Sendable & ~Copyable {}
