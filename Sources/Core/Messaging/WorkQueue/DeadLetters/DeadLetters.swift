import RevoadaScheduling

/// What failed for good in a ``WorkQueue``: to be read, replayed or purged.
///
/// ```swift
/// for try await dead in queue.deadLetters { print(dead.item, dead.error, dead.attempts) }
/// ```
///
/// Such a loop suspends while there are none, and ends when the queue is closed and has neither pending items nor dead letters. A letter
/// leaves the queue when the loop comes back for the next one: one whose handling throws, or whose loop is left, is still there and is the
/// next that is read. Several tasks may read at once; each letter is held by one of them.
public struct DeadLetters<Item: Sendable>: Sendable {
  let store: any WorkStore<Item>
  let lease: Duration?

  /// The number of dead letters, held ones included.
  public var count: Int {
    get async throws { try await store.ledger().dead }
  }

  /// Takes the oldest letter out, for good. Suspends until there is one.
  /// - Returns: nil when the queue is closed and has neither pending items nor dead letters.
  nonisolated(nonsending)
    public func receive() async throws -> DeadLetter<Item>?
  {
    guard let letter = try await store.claimDeadLetter(lease: lease) else { return nil }
    try await store.removeDeadLetter(letter.id)
    return letter
  }

  /// Takes the oldest letter out, for good; nil if there is none.
  nonisolated(nonsending)
    public func tryReceive() async throws -> DeadLetter<Item>?
  {
    guard let letter = try await store.tryClaimDeadLetter(lease: lease) else { return nil }
    try await store.removeDeadLetter(letter.id)
    return letter
  }

  /// The oldest letters; they stay where they are.
  nonisolated(nonsending)
    public func peek(_ limit: Int = 100) async throws -> [DeadLetter<Item>]
  { try await store.deadLetters(limit: limit) }

  /// Puts letters back to work, as if they were new items.
  ///
  /// - Parameters:
  ///   - ids: which; nil for all. Those that somebody holds stay.
  ///   - first: before all other items of their priority.
  /// - Returns: how many. One whose unique key is in use again stays dead.
  /// - Throws: ``WorkQueueError/closed(queue:)``.
  @discardableResult
  nonisolated(nonsending)
    public func replay(_ ids: [UInt64]? = nil, first: Bool = false) async throws -> Int
  { try await store.replayDeadLetters(ids, first: first) }

  /// Throws letters away.
  /// - Parameter ids: which; nil for all. Those that somebody holds stay.
  /// - Returns: how many.
  @discardableResult
  nonisolated(nonsending)
    public func purge(_ ids: [UInt64]? = nil) async throws -> Int
  { try await store.purgeDeadLetters(ids) }
}

extension DeadLetters: AsyncSequence {
  /// Reads dead letters; holds one from each `next()` to the following one.
  public final class Iterator: AsyncIteratorProtocol {
    private let letters: DeadLetters
    private var held: UInt64?
    private let home = GoroutineHome.current

    init(_ letters: DeadLetters) { self.letters = letters }

    deinit {
      guard let held else { return }
      let store = letters.store
      spawnDetached(name: "dead-letter-return", home: home) { try? await store.returnDeadLetter(held) }
    }

    /// The next letter; the last one leaves the queue.
    public func next() async throws -> DeadLetter<Item>? { try await next(isolation: nil) }

    /// The next letter; the last one leaves the queue.
    nonisolated(nonsending)
      public func next(isolation actor: (any Actor)?) async throws(any Error) -> DeadLetter<Item>?
    {
      if let held {
        try await letters.store.removeDeadLetter(held)
        self.held = nil
      }
      let letter = try await letters.store.claimDeadLetter(lease: letters.lease)
      held = letter?.id
      return letter
    }

    /// Gives the letter that is held back: it is the next to be read, by anybody.
    nonisolated(nonsending)
      public func giveBack() async throws
    {
      guard let held else { return }
      self.held = nil
      try await letters.store.returnDeadLetter(held)
    }
  }

  /// A reader.
  public func makeAsyncIterator() -> Iterator { Iterator(self) }
}
