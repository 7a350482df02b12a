import RevoadaScheduling

/// An item that failed for good.
public struct DeadLetter<Item: Sendable>: Sendable {
  /// The item's number in its queue.
  public let id: UInt64
  /// The item.
  public let item: Item
  /// Why the last attempt failed. From a store outside of this process it is a ``RemoteError`` with the text.
  public let error: any Error
  /// How often it was tried.
  public let attempts: Int
  /// How often a worker was lost that had it.
  public let crashes: Int

  /// Creates a dead letter.
  public init(id: UInt64, item: Item, error: any Error, attempts: Int, crashes: Int) {
    self.id = id
    self.item = item
    self.error = error
    self.attempts = attempts
    self.crashes = crashes
  }
}
