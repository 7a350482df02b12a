/// The state of a batch processor at one moment.
///
/// The ledger always balances: `added == delivered + failed + inSink + buffered`.
public struct BatchStats: Sendable, Equatable {
  /// The processor's name.
  public let name: String
  /// Items that the processor has taken, ever.
  public let added: Int
  /// Items that the sink has taken.
  public let delivered: Int
  /// Items that the sink has failed on; `onFailure` was given each.
  public let failed: Int
  /// Items that the sink is working on.
  public let inSink: Int
  /// Items that wait for their batch to be complete, or for the sink to be free.
  public let buffered: Int
  /// Adds that wait because the sink is slow; their items do not belong to the processor yet.
  public let waiting: Int
  /// Batches that have been given to the sink.
  public let batches: Int
}
