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
/// Cost: one atomic operation each, but for the last step and for those who wait.
public final class CountDownLatch: Sendable {
  /// What it was created with.
  @usableFromInline let total: Int
  /// Below zero after more steps than needed.
  @usableFromInline let left: Atomic<Int>
  package let room: WaitingRoom

  /// Creates a latch that opens after `count` steps; zero is open from the start.
  /// - Parameters:
  ///   - count: zero or more.
  ///   - name: for diagnostics.
  public init(_ count: Int, name: String? = nil) {
    room = WaitingRoom(.latch, name: name)
    total = count
    left = Atomic(max(0, count))
  }

  /// The steps that are missing; zero once the latch is open.
  public var count: Int { max(0, left.load(ordering: .acquiring)) }
  /// How many tasks and threads wait.
  public var waiting: Int { room.withLock { room.waiting } }

  /// Tells whether the latch can work with the number it was created with.
  public func validate() throws(InvalidSetting) {
    if let fault = InvalidSetting.unless(total >= 0, "latch", "count", total, "zero or more") { throw fault }
  }

  /// Counts a step. At zero all who wait go on. A step more than needed changes nothing.
  @inlinable @inline(__always)
  public func countDown() {
    // Subtracted without looking first: two cores that try to exchange the same word fail by turns.
    if left.wrappingSubtract(1, ordering: .acquiringAndReleasing).oldValue == 1 { letGo() }
  }

  /// Counts `steps` steps, as many as are missing at most. At zero all who wait go on. Zero steps or fewer change nothing.
  public func countDown(_ steps: Int) {
    guard steps > 0 else { return }
    var current = left.load(ordering: .relaxed)
    while current > 0 {
      let (exchanged, now) = left.compareExchange(
        expected: current, desired: max(0, current - steps), ordering: .acquiringAndReleasing)
      if exchanged {
        if current <= steps { letGo() }
        return
      }
      current = now
    }
  }

  /// Suspends until the latch is open.
  /// - Throws: `CancellationError`; `InvalidSetting`.
  nonisolated(nonsending)
    public func wait() async throws
  {
    if isOpen { return }
    try validate()
    if await room.wait(unless: { _ in isOpen }) == .cancelled { throw CancellationError() }
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
    _ = room.waitBlocking { _ in isOpen }
  }

  private var isOpen: Bool { left.load(ordering: .acquiring) <= 0 && total >= 0 }

  @usableFromInline @inline(never)
  func letGo() { room.withLock { room.takeAll() }.wakeAll() }

  fileprivate func selectCase<Output>(_ handler: @escaping () async throws -> Output) -> SelectCase<Output> {
    SelectCase(
      RoomWaiting((room.lock, room.queue), attempt: { _ in self.isOpen || self.total < 0 }),
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
