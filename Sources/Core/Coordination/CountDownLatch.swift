import RevoadaChannels
import RevoadaScheduling
import Synchronization

/// Holds tasks back until something has happened so many times; then it stays open, as Java's `CountDownLatch`.
///
/// ```swift
/// let ready = CountDownLatch(3)
/// for part in 1...3 {
///   spawn {
///     try await start(part)
///     ready.countDown()
///   }
/// }
/// try await ready.wait()
/// ```
///
/// It counts down only, and not below zero: to count down once more than needed is harmless. A latch that was created with a
/// negative count never opens: ``wait()`` throws `InvalidSetting`, and ``validate()`` tells beforehand.
///
/// Cost: one atomic operation for a step. The latch is one small object until somebody waits, and an opening that nobody waits for is
/// a step like the others.
public final class CountDownLatch: Sendable {
  /// What it was created with.
  @usableFromInline let total: Int
  /// Below zero after more steps than needed.
  @usableFromInline let left: Atomic<Int>
  /// Made by the first who waits.
  private let made = AtomicLazyReference<Waiters>()

  private final class Waiters: Sendable {
    let room = WaitingRoom(.latch)
  }
  private var waiters: Waiters { made.load() ?? made.storeIfNil(Waiters()) }

  /// Creates a latch that opens after `count` steps; zero is open from the start.
  public init(_ count: Int) {
    total = count
    left = Atomic(max(0, count))
  }

  /// The steps that are missing; zero once the latch is open.
  public var count: Int { max(0, left.load(ordering: .acquiring)) }
  /// How many tasks and threads wait.
  public var waiting: Int {
    guard let waiters = made.load() else { return 0 }
    return waiters.room.withLock { waiters.room.waiting }
  }

  /// Tells whether the latch can work with the number it was created with.
  public func validate() throws(InvalidSetting) {
    if let fault = InvalidSetting.unless(total >= 0, "latch", "count", total, "zero or more") { throw fault }
  }

  /// Counts a step. At zero all who wait go on. A step more than needed is harmless.
  @inlinable @inline(__always)
  public func countDown() {
    if left.wrappingSubtract(1, ordering: .acquiringAndReleasing).oldValue == 1 { wakeWaiters() }
  }

  /// Counts `steps` steps, as many as are missing at most. At zero all who wait go on. Zero steps or fewer change nothing.
  public func countDown(_ steps: Int) {
    guard steps > 0 else { return }
    var current = left.load(ordering: .relaxed)
    while current > 0 {
      let (exchanged, now) = left.compareExchange(
        expected: current, desired: max(0, current - steps), ordering: .acquiringAndReleasing)
      if exchanged {
        if current <= steps { wakeWaiters() }
        return
      }
      current = now
    }
  }

  /// Suspends until the latch is open.
  /// - Throws: `CancellationError`; `InvalidSetting`.
  @inlinable @inline(__always)
  nonisolated(nonsending)
    public func wait() async throws
  { if !isOpen { try await waitForOpening() } }

  @usableFromInline
  nonisolated(nonsending)
    func waitForOpening() async throws
  {
    try validate()
    if await waiters.room.wait(unless: { _ in isOpenUnderLock() }) == .cancelled { throw CancellationError() }
  }

  /// Suspends until the latch is open, for `timeout` at most.
  /// - Returns: whether it is open.
  /// - Throws: `CancellationError`; `InvalidSetting`.
  nonisolated(nonsending)
    public func wait(timeout: Duration) async throws -> Bool
  {
    if isOpen { return true }
    try validate()
    return try await select(.biased) {
      Opened(self) { true }
      After(timeout) { false }
    }
  }

  /// Blocks the calling *thread* until the latch is open; for code outside of tasks.
  /// - Throws: `InvalidSetting`.
  public func waitBlocking() throws(InvalidSetting) {
    try validate()
    _ = waiters.room.waitBlocking { _ in isOpenUnderLock() }
  }

  @inlinable
  var isOpen: Bool { left.load(ordering: .acquiring) <= 0 && total >= 0 }

  /// With the lock of the room held, before queueing.
  ///
  /// This changes the number, by nothing, because only changes of one word have an order that all agree on: either the last step comes
  /// before it, and is seen here, or it comes later, and sees the room.
  private func isOpenUnderLock() -> Bool {
    left.wrappingAdd(0, ordering: .acquiringAndReleasing).newValue <= 0 && total >= 0
  }

  /// The latch has opened.
  @usableFromInline @inline(never)
  func wakeWaiters() {
    guard let waiters = made.load() else { return }
    waiters.room.withLock { waiters.room.takeAll() }.wakeAll()
  }

  fileprivate func selectCase<Output>(_ handler: @escaping () async throws -> Output) -> SelectCase<Output> {
    let waiters = waiters
    return SelectCase(
      RoomWaiting(
        (waiters.room.lock, waiters.room.queue), attempt: { _ in self.isOpenUnderLock() || self.total < 0 }),
      finish: {
        try self.validate()
        return try await handler()
      })
  }
}

/// A case of a select that is ready when a latch is open.
///
/// If the latch can never open, the select chooses the case and throws `InvalidSetting`.
public struct Opened<Output>: SelectCaseSource {
  /// The case.
  public let selectCase: SelectCase<Output>

  /// Ready when `latch` is open.
  public init(_ latch: CountDownLatch, _ handler: @escaping () async throws -> Output) {
    selectCase = latch.selectCase(handler)
  }
}
