import RevoadaScheduling

/// One item of a queue in memory, whatever its type.
///
/// The superclass of ``WorkEntry``, so that the store's machinery is compiled once.
@usableFromInline
class AnyWorkEntry: @unchecked Sendable {  // what changes is protected by the store's lock
  /// Where an item is.
  enum Phase: UInt8 {
    /// It is being added.
    case new
    case ready
    case delayed
    case claimed
    case dead
    /// It is done, or was never added.
    case gone
  }
  @exclusivity(unchecked) final var phase = Phase.new
  @exclusivity(unchecked) final var id: UInt64 = 0
  /// How often it was tried, the present attempt included.
  @exclusivity(unchecked) final var attempt: Int32 = 0
  /// How often it was given out: tells a delivery from earlier ones.
  @exclusivity(unchecked) final var delivery: Int32 = 0
  @exclusivity(unchecked) final var crashes: Int32 = 0
  /// When it became due, for its ageing.
  @exclusivity(unchecked) final var dueSince: Int64 = 0
  /// The end of its delay or its lease.
  @exclusivity(unchecked) final var timer: (timers: Timers, entry: TimerEntry)?
  /// While it is out: where its lane is in the ``ReadyQueue``; 0 for none.
  @exclusivity(unchecked) final var lane = 0
  /// Why it is dead.
  @exclusivity(unchecked) final var error: (any Error)?
  /// Whether somebody reads it as a dead letter.
  @exclusivity(unchecked) final var isHeld = false
  /// The item that has the unique key, if this one was not added for that.
  @exclusivity(unchecked) final var duplicateOf: UInt64?
  let options: EnqueueOptions
  /// Whether its options are those of any other.
  let isUsual: Bool

  @usableFromInline
  init(_ options: EnqueueOptions) {
    self.options = options
    isUsual = options.isUsual
  }

  /// What has become of the wish to add it.
  @usableFromInline
  final var enqueued: Enqueued { duplicateOf.map { .duplicate(of: $0) } ?? .added(id: id) }

  /// To be used for another usual item: the one before is done, and nobody else knows the entry.
  final func renew() { (attempt, crashes) = (0, 0) }
}

/// One delivery, as it was when it was given out: its entry may change as soon as its lease has ended.
struct WorkGrant {
  var entry: AnyWorkEntry
  let delivery: Int32
  let attempt: Int32
  let crashes: Int32

  init(_ entry: AnyWorkEntry) {
    self.entry = entry
    delivery = entry.delivery
    attempt = entry.attempt
    crashes = entry.crashes
  }
}

/// One item of a queue in memory.
@usableFromInline
final class WorkEntry<Item: Sendable>: AnyWorkEntry, @unchecked Sendable {  // see the superclass
  /// Nil once it is done, if the entry may be used again.
  @exclusivity(unchecked) @usableFromInline var content: Item?

  @inlinable
  init(_ item: Item, _ options: EnqueueOptions) {
    content = item
    super.init(options)
  }

  @inlinable @inline(__always)
  var item: Item { content.unsafelyUnwrapped }
}
