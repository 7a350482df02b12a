/// What has become of the requests of one ``RequestReply``.
///
/// The ledger always balances: `requests == answered + failed + timedOut + cancelled + noResponders + unsent + pending`.
public struct RequestStats: Sendable, Equatable {
  /// Requests made.
  public internal(set) var requests = 0
  /// Requests on their way.
  public internal(set) var pending = 0
  /// Requests answered with a value.
  public internal(set) var answered = 0
  /// Requests answered with an error.
  public internal(set) var failed = 0
  /// Requests whose reply did not come in time.
  public internal(set) var timedOut = 0
  /// Requests whose requester was cancelled.
  public internal(set) var cancelled = 0
  /// Requests that nobody was there to serve.
  public internal(set) var noResponders = 0
  /// Requests that the transport could not send.
  public internal(set) var unsent = 0
  /// Replies that came after the requester had gone, and were dropped.
  public internal(set) var lateReplies = 0
  /// Replies to a request that had one already, and were dropped.
  public internal(set) var surplusReplies = 0

  /// Whether every request is in exactly one place.
  public var isBalanced: Bool {
    requests == answered + failed + timedOut + cancelled + noResponders + unsent + pending
  }
}
