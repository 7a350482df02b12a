/// Looks into a channel from outside: how full it is, what has passed, who waits.
///
/// ```swift
/// let inspector = ChannelInspector(jobs)
/// print("\(inspector.count) of \(inspector.capacity ?? .max), \(inspector.blockedSenders) senders wait")
/// ```
///
/// Looking costs the channel nothing but a short lock. Each property reads the present; use ``snapshot`` for several figures of one
/// moment.
public struct ChannelInspector: Sendable {
  private let channel: any InspectableChannel

  /// An inspector of a ``Channel``, a ``PriorityChannel`` or a ``Subscription``.
  public init(_ channel: some InspectableChannel) { self.channel = channel }

  /// All figures of one moment.
  public var snapshot: ChannelSnapshot { channel.snapshot }
  /// The number of buffered elements.
  public var count: Int { snapshot.ledger.buffered }
  /// How many elements the channel buffers; nil without a limit.
  public var capacity: Int? { snapshot.capacity }
  /// Elements accepted since the channel's birth, dropped ones included, waiting sends not.
  public var totalSent: Int { snapshot.ledger.sent }
  /// Elements received since the channel's birth.
  public var totalReceived: Int { snapshot.ledger.received }
  /// Elements dropped since the channel's birth.
  public var totalDropped: Int { snapshot.ledger.dropped }
  /// Whether the channel is closed.
  public var isClosed: Bool { snapshot.isClosed }
  /// Sends that wait for room.
  public var blockedSenders: Int { snapshot.blockedSenders }
  /// Receives that wait for an element.
  public var blockedReceivers: Int { snapshot.blockedReceivers }
}
