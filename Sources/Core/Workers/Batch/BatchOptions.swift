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
  /// - Throws: ``InvalidConfiguration`` for the first value that makes no sense.
  public func validate(_ name: String) throws(InvalidConfiguration) {
    let subject = "batch processor '\(name)'"
    try InvalidConfiguration.check(size, atLeast: 1, "size", of: subject)
    try InvalidConfiguration.check(positive: interval, "every", of: subject)
    try InvalidConfiguration.check(parallel, atLeast: 1, "parallel", of: subject)
  }
}
