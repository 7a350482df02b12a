/// How an item is to be treated.
public struct EnqueueOptions: Sendable, Equatable {
  /// How long it waits before it is due.
  public var delay = Duration.zero
  /// Higher ones come first; 0 is the usual one.
  public var priority = 0
  /// While an item with this key is pending, another with the same key is not added.
  public var key: String?
  /// Whose item it is: a user, a tenant. Lanes take turns.
  public var lane: String?

  /// A usual item: due at once.
  @inlinable
  public init(delay: Duration = .zero, priority: Int = 0, key: String? = nil, lane: String? = nil) {
    self.delay = delay
    self.priority = priority
    self.key = key
    self.lane = lane
  }

  /// Whether nothing is wished for.
  @inlinable @inline(__always)
  var isUsual: Bool { key == nil && lane == nil && priority == 0 && delay == .zero }
}

/// What has become of an item that was to be added.
public enum Enqueued: Sendable, Equatable {
  /// It is in the queue, under this number.
  case added(id: UInt64)
  /// It was not added: the item of this number has the same unique key and is not done.
  case duplicate(of: UInt64)

  /// The number of the item that is in the queue.
  public var id: UInt64 {
    switch self {
    case .added(let id), .duplicate(let id): id
    }
  }
}
