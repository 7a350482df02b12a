/// The items of a batch processor and its decisions: pure state, protected by the processor's lock.
///
/// A batch is *cut*, that is, the buffer becomes a batch for the sink, when the buffer is full, or when it is *due*: its time is over, or
/// somebody flushes or closes. It is cut only when the sink is free for it; meanwhile the buffer fills up, and then adds wait.
@usableFromInline
struct BatchState<Item> {
  @usableFromInline
  struct Batch {
    /// Batches are numbered in the order in which they are cut, from 1.
    let number: Int
    let items: [Item]
  }

  let size: Int
  let parallel: Int
  /// No more than this is reserved for a batch in advance.
  private static var reserve: Int { 4096 }

  /// The buffer; never more than `size`.
  @usableFromInline var buffer: [Item] = []
  @usableFromInline var isClosed = false
  /// The next add that finds fewer items than this in an unclosed, started buffer has nothing to decide.
  @usableFromInline let plainLimit: Int
  /// Whether what is buffered goes to the sink as soon as that is free, full or not.
  private var isDue = false
  /// When the first item of the buffer was added.
  private(set) var startedAt: Int64 = 0
  /// Whether a timer runs that will look at the buffer.
  var hasTimer = false

  // The ledger.
  @usableFromInline var added = 0
  private(set) var delivered = 0
  private(set) var failed = 0
  private(set) var inSink = 0

  private(set) var cuts = 0
  private(set) var batchesInSink = 0
  /// Every batch up to this one is settled.
  private(set) var settledThrough = 0
  /// Later ones that are settled too.
  private var settledAhead: Set<Int> = []

  init(size: Int, parallel: Int) {
    self.size = size
    self.parallel = parallel
    plainLimit = size - 1
  }

  var isFull: Bool { buffer.count >= size }

  /// Adds an item to a buffer that is not full; true if it is the first.
  @usableFromInline
  mutating func append(_ item: Item, at now: Int64) -> Bool {
    added += 1
    if buffer.isEmpty {
      startedAt = now
      buffer.reserveCapacity(Swift.min(size, Self.reserve))
    }
    buffer.append(item)
    return buffer.count == 1
  }

  /// What is buffered is to go to the sink, full or not.
  mutating func makeDue() { if !buffer.isEmpty { isDue = true } }

  /// The next batch, if there is one and the sink is free for it.
  mutating func cut() -> Batch? {
    guard batchesInSink < parallel, isFull || isDue else { return nil }
    isDue = false
    cuts += 1
    batchesInSink += 1
    inSink += buffer.count
    let batch = Batch(number: cuts, items: buffer)
    buffer = []
    return batch
  }

  /// The sink has done with a batch.
  mutating func settle(_ batch: Batch, failed failures: Int) {
    batchesInSink -= 1
    inSink -= batch.items.count
    failed += failures
    delivered += batch.items.count - failures
    settledAhead.insert(batch.number)
    while settledAhead.remove(settledThrough + 1) != nil { settledThrough += 1 }
  }

  /// The number of the last batch that has items of now.
  var lastBatch: Int { buffer.isEmpty ? cuts : cuts + 1 }
}

extension BatchState.Batch: Sendable where Item: Sendable {}
