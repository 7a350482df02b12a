/// Names one that may wait: a goroutine, or one of a ``WaitSource``.
public struct WaiterID: Hashable, Sendable, Comparable {
  /// Which ``WaitSource``, by a number of its choice; 0 for the goroutines of Swift.
  public let source: UInt64
  /// Unique in its source.
  public let number: UInt64

  /// Names a waiter of a source.
  public init(source: UInt64, number: UInt64) {
    self.source = source
    self.number = number
  }

  /// The goroutine with this `id`.
  public static func goroutine(_ id: UInt64) -> WaiterID { WaiterID(source: 0, number: id) }

  /// The order of reports.
  public static func < (a: WaiterID, b: WaiterID) -> Bool { (a.source, a.number) < (b.source, b.number) }
}
