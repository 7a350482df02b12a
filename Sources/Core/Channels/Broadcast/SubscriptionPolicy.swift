/// What happens to a subscriber of a ``Broadcaster`` whose buffer is full; to this subscriber alone.
public enum SubscriptionPolicy: String, Sendable, CaseIterable {
  /// ``Broadcaster/broadcast(_:)`` waits for room, after everybody else has been served: nothing is lost.
  case block
  /// The oldest buffered element is dropped.
  case dropOldest
  /// The element that is being broadcast is dropped.
  case dropNewest
  /// As `dropOldest`, and the next receive throws ``SubscriptionLagged`` with the number of elements missed.
  case lag
  /// The subscription ends: what is buffered can be received, then receives throw ``SubscriptionDisconnected``.
  case disconnect

  var overflow: OverflowPolicy {
    switch self {
    case .block: .suspend
    case .dropOldest, .lag: .dropOldest
    case .dropNewest: .dropNewest
    case .disconnect: .fail
    }
  }
}

/// A subscriber with the policy ``SubscriptionPolicy/lag`` was too slow; told once, then it goes on with the oldest element that is left.
public struct SubscriptionLagged: Error, Sendable, Equatable, CustomStringConvertible {
  /// How many elements it missed since the last receive.
  public let missed: Int
  /// Creates the error.
  public init(missed: Int) { self.missed = missed }
  /// A sentence for people.
  public var description: String { "the subscriber was too slow and missed \(missed) elements" }
}

/// A subscriber with the policy ``SubscriptionPolicy/disconnect`` was too slow, and its subscription has ended. Subscribe again to go on.
public struct SubscriptionDisconnected: Error, Sendable, Equatable, CustomStringConvertible {
  /// The size of the buffer that was full.
  public let buffer: Int
  /// Creates the error.
  public init(buffer: Int) { self.buffer = buffer }
  /// A sentence for people.
  public var description: String {
    "the subscriber was disconnected: its buffer of \(buffer) was full; receive faster, or subscribe with a larger buffer"
  }
}
