/// The state of a pool at one moment.
///
/// The ledger always balances: `submitted == completed + failed + dropped + queued + active`.
public struct PoolStats: Sendable, Equatable {
  /// The pool's name.
  public let name: String
  /// How many tasks may run at once.
  public let workers: Int
  /// Tasks that run.
  public let active: Int
  /// Tasks that wait for a worker.
  public let queued: Int
  /// Submits that wait for room in the queue; their tasks do not belong to the pool yet.
  public let waiting: Int
  /// Tasks that the pool has taken, ever.
  public let submitted: Int
  /// Tasks that returned.
  public let completed: Int
  /// Tasks that threw, were cancelled or ran too long.
  public let failed: Int
  /// Tasks that were taken but never ran: cancelled while queued, or queued at `shutdownNow`.
  public let dropped: Int
  /// The average running time of all tasks that ran.
  public let average: Duration
  /// The time within which 95 % of the latest 1,024 tasks ran.
  public let p95: Duration
  /// How many tasks each worker has run, by the number of the worker.
  public let perWorker: [Int]
}

/// What a worker reports every so many tasks.
public struct PoolProgress: Sendable, Equatable {
  /// The pool's name.
  public let pool: String
  /// The number of the worker, from 0.
  public let worker: Int
  /// How many tasks it has run.
  public let count: Int
}

/// Running times: the average of all, a percentile of the latest.
struct RunTimes {
  private static let kept = 1024
  private(set) var count = 0
  private var total: Int128 = 0
  private var latest: [Int64] = []

  mutating func add(_ nanoseconds: Int64) {
    if latest.count < Self.kept {
      latest.append(nanoseconds)
    } else {
      latest[count % Self.kept] = nanoseconds
    }
    count += 1
    total += Int128(nanoseconds)
  }

  var average: Duration { count == 0 ? .zero : .nanoseconds(Int64(total / Int128(count))) }

  /// By nearest rank: the smallest time that `share` of the latest do not exceed.
  func percentile(_ share: Double) -> Duration {
    if latest.isEmpty { return .zero }
    let rank = Int((Double(latest.count) * share).rounded(.up))
    return .nanoseconds(latest.sorted()[min(max(rank, 1), latest.count) - 1])
  }
}
