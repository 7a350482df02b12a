/// An item was added to a batch processor that is closed; the item comes back in it.
public struct BatchClosed<Item: Sendable>: Error, CustomStringConvertible {
  /// The name of the processor.
  public let processor: String
  /// The item that was not added.
  public let item: Item
  /// A sentence for people.
  public var description: String { "batch processor \"\(processor)\" is closed: it takes no more items" }

  @usableFromInline
  init(processor: String, item: Item) {
    self.processor = processor
    self.item = item
  }
}

/// What a sink throws when it has taken a part of the batch only: which items failed, and why. All others count as delivered.
///
/// ```swift
/// let batch = BatchProcessor<Int>(size: 100, every: .seconds(1)) { items in
///   let refused = items.indices.filter { items[$0] < 0 }
///   if !refused.isEmpty { throw BatchItemErrors(failures: refused.map { ($0, Refused()) }) }
/// }
/// ```
public struct BatchItemErrors: Error, CustomStringConvertible {
  /// The error of each failed item, by its index in the batch. An index that the batch does not have is ignored.
  public let failures: [Int: any Error]

  /// Creates the error from indices and errors; of several errors of one item the first counts.
  public init(failures: some Sequence<(Int, any Error)>) {
    self.failures = Dictionary(failures.map { ($0.0, $0.1) }) { first, _ in first }
  }

  /// A sentence for people.
  public var description: String { "\(failures.count) items of the batch failed" }
}
