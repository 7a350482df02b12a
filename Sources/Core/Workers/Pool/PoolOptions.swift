import RevoadaResilience
import RevoadaScheduling

/// What can be chosen about a pool of workers.
///
/// ```swift
/// var options = PoolOptions.ioBound
/// options.queue = 1000
/// options.keyLimit = 2
/// let mails = WorkerPool<String, Int>(name: "mails", options: options) { address in address.count }
/// ```
public struct PoolOptions: Sendable {
  /// How many tasks run at once; by default the number of cores.
  public var workers = Scheduler.availableCores
  /// How many tasks wait for a free worker before a submit suspends. 0: none, a task is taken only when a worker is free. nil: any
  /// number.
  public var queue: Int? = 100
  /// How many outcomes wait in the results of ``WorkerPool/send(_:key:)`` before workers wait for their reader; at most 1,048,576.
  /// The room is set aside when the pool is made.
  public var results = 100
  /// How many tasks of one key run at once; nil for no limit. Keys take turns in any case.
  public var keyLimit: Int?
  /// How long a task may run before it is cancelled and fails with `TimedOut`; nil for no limit. The time that it waits
  /// in the queue does not count.
  public var timeout: Duration?
  /// After how many tasks a worker reports its progress, to the log and to ``onProgress``; nil for never.
  public var progressEvery: Int?
  /// Called by the worker after each ``progressEvery`` tasks, without any lock: it may use the pool.
  public var onProgress: (@Sendable (PoolProgress) -> Void)?
  /// Of how many failures one is logged (the first always is), and of how many tasks one leaves a debug line.
  public var logEvery = 1000

  /// A worker for each core, and a queue of 100.
  public init() {}

  /// For tasks that compute: a worker for each core. More would only wait for each other.
  public static var cpuBound: PoolOptions { PoolOptions() }

  /// For tasks that mostly wait, for files, databases or the network: two workers for each core, and buffers of 1,000.
  public static var ioBound: PoolOptions {
    var options = PoolOptions()
    options.workers = Scheduler.availableCores * 2
    options.queue = 1000
    options.results = 1000
    return options
  }

  /// Checks the values.
  /// - Parameter pool: the name of the pool, for the message.
  /// - Throws: `InvalidSetting` for the first value that makes no sense.
  public func validate(_ pool: String) throws(InvalidSetting) {
    var check = SettingsCheck("pool", pool)
    check.require(workers >= 1, "workers", workers, "at least 1")
    if let queue { check.require(queue >= 0, "queue", queue, "at least 0, or nil for no bound") }
    check.require(0...Self.mostResults ~= results, "results", results, "from 0 to \(Self.mostResults)")
    if let keyLimit { check.require(keyLimit >= 1, "keyLimit", keyLimit, "at least 1") }
    if let timeout { check.require(timeout > .zero, "timeout", timeout, "longer than zero") }
    if let progressEvery { check.require(progressEvery >= 1, "progressEvery", progressEvery, "at least 1") }
    check.require(logEvery >= 1, "logEvery", logEvery, "at least 1")
    try check.end()
  }

  /// The room for results is set aside when the pool is made.
  @usableFromInline static let mostResults = 1 << 20
}
