/// What a send does when the channel's buffer is full.
public enum OverflowPolicy: Sendable, Equatable {
  /// It waits for room.
  case suspend
  /// It drops the oldest buffered element to make room.
  case dropOldest
  /// It drops the element being sent.
  case dropNewest
  /// It fails with ``ChannelFull``, which hands the element back.
  case fail
}

/// Why an element that was given to a channel was not received.
public enum UndeliveredReason: Sendable, Equatable {
  /// Dropped by ``OverflowPolicy/dropOldest``.
  case droppedOldest
  /// Dropped by ``OverflowPolicy/dropNewest``.
  case droppedNewest
  /// Its send was cancelled while it waited.
  case cancelled
  /// Still buffered when the channel was released or its subscription given up.
  case abandoned
  /// On its way through a merge or the like when the channel at the other end was closed.
  case closed
  /// Replaced by a later element, or too close to an earlier one, in a debounced or throttled channel.
  case superseded
  /// Its subscription ended because it had no room, see ``SubscriptionPolicy/disconnect``.
  case disconnected
}
