/// What went wrong with a ``WorkQueue``. Every case names the queue.
public enum WorkQueueError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The queue is closed: the item was not added, or the dead letter not replayed.
  case closed(queue: String)
  /// The lease ended before the item was settled, and others may have it by now; nothing was changed.
  case leaseLost(queue: String, id: UInt64)
  /// This delivery has been settled before; nothing was changed.
  case alreadySettled(queue: String, id: UInt64)
  /// The last attempt was given back as failed, without an error; the reason of a dead letter.
  case rejected(queue: String, attempts: Int)
  /// The lease of the last attempt ended before the item was settled; the reason of a dead letter.
  case crashed(queue: String, attempts: Int)

  /// A sentence for people.
  public var description: String {
    switch self {
    case .closed(let queue): "work queue \"\(queue)\" is closed: it takes no more items"
    case .leaseLost(let queue, let id):
      "work queue \"\(queue)\": the lease of item \(id) has ended; work faster, or report progress in time"
    case .alreadySettled(let queue, let id): "work queue \"\(queue)\": item \(id) has been settled already"
    case .rejected(let queue, let attempts): "work queue \"\(queue)\": rejected \(attempts) times"
    case .crashed(let queue, let attempts):
      "work queue \"\(queue)\": the worker did not finish; attempts: \(attempts)"
    }
  }
}
