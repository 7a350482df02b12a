/// What has become of the elements that a channel accepted: each is in exactly one place.
///
/// One consistent snapshot: `sent == received + buffered + dropped + undelivered` always holds. A send that waits is not part of
/// it, nor is one that failed or was cancelled.
public struct ChannelLedger: Sendable, Equatable {
  /// Accepted since the channel's birth, those included that were dropped.
  public var sent: Int
  /// Taken out by receivers.
  public var received: Int
  /// In the buffer.
  public var buffered: Int
  /// Dropped by ``OverflowPolicy/dropOldest`` or a subscription's policy of that kind.
  public var droppedOldest: Int
  /// Dropped by ``OverflowPolicy/dropNewest`` or a subscription's policy of that kind.
  public var droppedNewest: Int
  /// Held back by a debounced or throttled channel.
  public var superseded: Int
  /// Given up after they were accepted: abandoned by their subscriber, or on their way when the channel was closed.
  public var undelivered: Int

  /// Creates a ledger.
  public init(
    sent: Int = 0, received: Int = 0, buffered: Int = 0, droppedOldest: Int = 0, droppedNewest: Int = 0,
    superseded: Int = 0, undelivered: Int = 0
  ) {
    self.sent = sent
    self.received = received
    self.buffered = buffered
    self.droppedOldest = droppedOldest
    self.droppedNewest = droppedNewest
    self.superseded = superseded
    self.undelivered = undelivered
  }

  /// All that were dropped, for whatever reason.
  public var dropped: Int { droppedOldest + droppedNewest + superseded }
  /// Whether nothing was lost and nothing doubled.
  public var isBalanced: Bool { sent == received + buffered + dropped + undelivered }
}

/// A channel at one moment.
public struct ChannelSnapshot: Sendable, Equatable {
  /// What has become of its elements.
  public var ledger: ChannelLedger
  /// How many elements it buffers; nil without a limit.
  public var capacity: Int?
  /// Whether it is closed.
  public var isClosed: Bool
  /// Sends that wait.
  public var blockedSenders: Int
  /// Receives that wait.
  public var blockedReceivers: Int
}

/// What a ``ChannelInspector`` can look into.
public protocol InspectableChannel: AnyObject, Sendable {
  /// The channel as it is now, read in one step.
  var snapshot: ChannelSnapshot { get }
}

extension InspectableChannel {
  /// What has become of the elements, read in one step; may be read at any time.
  public var ledger: ChannelLedger { snapshot.ledger }
}
