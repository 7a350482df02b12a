import RevoadaScheduling

/// What can be chosen about a ``BatchProcessor``.
public struct BatchOptions: Sendable {
  /// How many items make a batch.
  public var size: Int
  /// How long an item waits at most before its batch goes to the sink, full or not; nil for as long as it takes.
  public var interval: Duration?
  /// How many batches the sink works on at once.
  public var parallel = 1

  /// Options for batches of `size`, one at a time.
  public init(size: Int, every interval: Duration? = nil) {
    self.size = size
    self.interval = interval
  }

  /// Checks the values.
  /// - Parameter name: the name of the processor, for the message.
  /// - Throws: `InvalidSetting` for the first value that makes no sense.
  public func validate(_ name: String) throws(InvalidSetting) {
    var check = SettingsCheck("batch processor", name)
    check.require(size >= 1, "size", size, "at least 1")
    if let interval { check.require(interval > .zero, "every", interval, "longer than zero") }
    check.require(parallel >= 1, "parallel", parallel, "at least 1")
    try check.end()
  }
}
