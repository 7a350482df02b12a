import RevoadaResilience
import RevoadaScheduling

/// How a stage of a pipeline works.
public struct StageOptions: Sendable {
  /// How many elements it works on at the same time; from 1 to 65,536.
  public var workers: Int
  /// Whether its outputs keep the order of its inputs. Then an element that is slow holds up those behind it, of which at
  /// most `workers + buffer` (batches, where the stage works in such) are inside the stage.
  public var ordered: Bool
  /// How many outputs may wait for the next stage, or for the reader; from 0 to 1,048,576.
  public var buffer: Int
  /// Whether and how it tries again what has failed; nil for not.
  public var retry: RetryPolicy?
  /// Lets each attempt start; may be shared with other stages, pipelines and anything else. Nil for no limit.
  public var rateLimit: RateLimiter?
  /// After how long an attempt is cancelled and fails with `TimedOut`; nil for never. An attempt that ignores its
  /// cancellation is waited for.
  public var timeout: Duration?
  /// What becomes of an element that it has failed on for good.
  public var onError: StageErrorPolicy

  /// How many outputs of a stage wait unless told otherwise.
  public static let defaultBuffer = 16

  /// Gathers options; wrong ones are reported by ``validate(stage:)`` and when the pipeline starts.
  public init(
    workers: Int = 1, ordered: Bool = false, buffer: Int = StageOptions.defaultBuffer,
    retry: RetryPolicy? = nil, rateLimit: RateLimiter? = nil, timeout: Duration? = nil,
    onError: StageErrorPolicy = .emit
  ) {
    self.workers = workers
    self.ordered = ordered
    self.buffer = buffer
    self.retry = retry
    self.rateLimit = rateLimit
    self.timeout = timeout
    self.onError = onError
  }

  /// Finds an option that a stage called `stage` cannot work with.
  public func validate(stage: String) throws(InvalidSetting) {
    var check = SettingsCheck("stage", stage)
    check.require(!stage.isEmpty, "name", "''", "not empty")
    check.require((1...65_536).contains(workers), "workers", workers, "from 1 to 65536")
    check.require((0...1_048_576).contains(buffer), "buffer", buffer, "from 0 to 1048576")
    if let timeout { check.require(timeout > .zero, "timeout", timeout, "more than zero") }
    try check.end()
    try retry?.validate()
    try rateLimit?.validate()
  }
}
