/// What has become of the items of a queue: each is in exactly one place.
public struct WorkLedger: Sendable, Equatable {
  /// Items that were added, ever.
  public var added = 0
  /// Items that are due and wait for a worker.
  public var ready = 0
  /// Items that are not due yet: delayed, or between two attempts.
  public var delayed = 0
  /// Items that somebody works on.
  public var claimed = 0
  /// Items that are done.
  public var completed = 0
  /// Dead letters, those included that somebody holds.
  public var dead = 0
  /// Dead letters that were taken out by somebody who read them.
  public var removed = 0
  /// Dead letters that were thrown away.
  public var purged = 0
  /// Items that failed for good in a queue that keeps no dead letters.
  public var discarded = 0
  /// Items that were handed back when the queue was shut down.
  public var takenBack = 0

  // How they got there:

  /// Items that were not added, because another had their unique key.
  public var duplicates = 0
  /// Attempts that failed and were followed by another.
  public var retries = 0
  /// Leases that ended before their items were settled.
  public var crashRecoveries = 0
  /// Dead letters that became due again.
  public var replayed = 0

  /// An empty ledger.
  public init() {}

  /// Items that are not done: due, delayed or being worked on.
  public var pending: Int { ready + delayed + claimed }
  /// Whether nothing was lost and nothing doubled.
  public var isBalanced: Bool {
    added == pending + completed + dead + removed + purged + discarded + takenBack
  }
}
