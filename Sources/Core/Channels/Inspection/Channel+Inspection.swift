import RevoadaScheduling

extension Channel: InspectableChannel {
  /// The channel as it is now, read in one step.
  public var snapshot: ChannelSnapshot {
    withLock { $0.snapshot(droppingOldest: overflow == .dropOldest, droppingNewest: overflow == .dropNewest) }
  }
}

extension UnsafeMutablePointer<ChannelState> {
  /// With the lock held. What is dropped by an overflow policy is of one kind; without such a policy it was superseded.
  func snapshot(droppingOldest: Bool = false, droppingNewest: Bool = false) -> ChannelSnapshot {
    let dropped = pointee.dropped
    return ChannelSnapshot(
      ledger: ChannelLedger(
        sent: pointee.sent, received: pointee.received, buffered: pointee.count,
        droppedOldest: droppingOldest ? dropped : 0, droppedNewest: droppingNewest ? dropped : 0,
        superseded: droppingOldest || droppingNewest ? 0 : dropped, undelivered: pointee.undelivered),
      capacity: pointee.capacity, isClosed: pointee.isClosed,
      blockedSenders: pointee.senders.count, blockedReceivers: pointee.receivers.count)
  }
}
