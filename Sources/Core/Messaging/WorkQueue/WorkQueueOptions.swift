import RevoadaResilience
import RevoadaScheduling

/// What can be chosen about a ``WorkQueue``.
public struct WorkQueueOptions: Sendable {
  /// How many items are worked on at once.
  public var workers = 1
  /// How many times an item that failed is tried again; the first attempt is not one of them.
  public var maxRetries = 3
  /// The pauses between attempts, and which errors are worth another; its number of attempts does not count.
  public var backoff = RetryPolicy.exponential(attempts: .max)
  /// How long a worker may be silent about its item before another gets it. Workers that are alive report three times in that
  /// time by themselves. nil: a worker has its item as long as the process lives, which costs nothing.
  public var lease: Duration?
  /// How long an attempt may take before it is cancelled and fails with `TimedOut`; nil for no limit.
  public var timeout: Duration?
  /// Whether items that failed for good become dead letters; else they are discarded.
  public var keepsDeadLetters = true
  /// How long an item waits for one step of priority; at least a second. nil: items do not age.
  public var ageing: Duration? = .seconds(1)
  /// How many items of one lane are worked on at once; nil for no limit. Lanes take turns in any case.
  public var laneLimit: Int?
  /// How many items wait, due or delayed, before `enqueue` suspends; nil for any number.
  public var capacity: Int?

  /// One worker, three retries, no leases.
  public init() {}

  /// Checks the values.
  /// - Parameter queue: the name of the queue, for the message.
  /// - Throws: `InvalidSetting` for the first value that makes no sense.
  public func validate(_ queue: String) throws(InvalidSetting) {
    var check = SettingsCheck("work queue", queue)
    check.require(workers >= 1, "workers", workers, "at least 1")
    check.require(maxRetries >= 0, "maxRetries", maxRetries, "at least 0")
    if let lease { check.require(lease > .zero, "lease", lease, "longer than zero") }
    if let timeout { check.require(timeout > .zero, "timeout", timeout, "longer than zero") }
    // Priorities are whole numbers: with at least a second for a step, no item overtakes one of the same second.
    if let ageing { check.require(ageing >= .seconds(1), "ageing", ageing, "at least one second") }
    if let laneLimit { check.require(laneLimit >= 1, "laneLimit", laneLimit, "at least 1") }
    if let capacity { check.require(capacity >= 1, "capacity", capacity, "at least 1") }
    if let fault = check.fault { throw fault }
    try backoff.validate()
  }
}
