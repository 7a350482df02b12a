/// An item that a ``WorkStore`` has given to somebody.
public struct WorkClaim<Item: Sendable>: Sendable {
  /// The item.
  public let item: Item
  /// What is shown to settle it.
  public let receipt: WorkReceipt
  /// How often it has been given out, this time included and releases not.
  public let attempt: Int
  /// How often its lease ended before it was settled.
  public let crashes: Int

  /// Creates a claim.
  public init(item: Item, receipt: WorkReceipt, attempt: Int, crashes: Int) {
    self.item = item
    self.receipt = receipt
    self.attempt = attempt
    self.crashes = crashes
  }
}

/// Stands for one delivery of one item, so that a store can tell it from earlier ones.
public struct WorkReceipt: Sendable {
  /// The item's number in its store.
  public let id: UInt64
  /// The number of the delivery.
  public let delivery: Int
  /// Whatever the store finds the item by.
  public let handle: (any AnyObject & Sendable)?

  /// Creates a receipt.
  public init(id: UInt64, delivery: Int, handle: (any AnyObject & Sendable)? = nil) {
    self.id = id
    self.delivery = delivery
    self.handle = handle
  }
}
