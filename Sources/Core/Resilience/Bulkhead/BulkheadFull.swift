/// A call that a ``Bulkhead`` did not take: as many run, and wait, as may. Nothing was called.
public struct BulkheadFull: Error, Sendable, Equatable, CustomStringConvertible {
  /// The bulkhead's name.
  public let name: String
  /// How many may run.
  public let limit: Int
  /// How many may wait.
  public let queue: Int
  /// A sentence for people.
  public var description: String {
    "bulkhead \"\(name)\" is full: \(limit) run and \(queue) wait"
  }
}
