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
  /// Still buffered when the channel was released.
  case abandoned
}
