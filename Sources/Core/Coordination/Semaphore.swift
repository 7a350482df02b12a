import RevoadaChannels
import RevoadaScheduling

/// A request for more permits than the semaphore has.
public struct SemaphoreTooSmall: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was asked for.
  public let requested: Int
  /// What there is in all.
  public let size: Int
  /// A sentence for people.
  public var description: String { "\(requested) permits were requested of a semaphore of size \(size)" }
}

/// A weighted semaphore: at most `permits` are out at any time.
///
/// ```swift
/// let connections = Semaphore(permits: 10)
/// try await connections.withPermits(1) { try await query() }
/// ```
///
/// First come, first served: a large request at the head is not overtaken by small ones behind it. A waiter that is
/// cancelled leaves the queue and lets those behind it be served; one that is cancelled after it was served has its permits and
/// returns them as usual. (After golang.org/x/sync/semaphore.)
public final class Semaphore: @unchecked Sendable {  // `free` and `size` are protected by `room`
  private let room: WaitingRoom
  private var free: Int
  private var size: Int

  /// Creates a semaphore with all permits free.
  /// - Parameters:
  ///   - permits: how many there are; negative is a programmer error.
  ///   - name: for diagnostics.
  public init(permits: Int, name: String? = nil) {
    precondition(permits >= 0, "a semaphore's permits must not be negative, but are \(permits)")
    room = WaitingRoom(.permits, name: name)
    free = permits
    size = permits
    room.queue.pointee.about.subject?.size = permits
  }

  /// The permits that nobody holds; below zero after a resize to fewer than are out.
  public var available: Int { room.withLock { free } }
  /// The permits there are in all.
  public var permits: Int { room.withLock { size } }

  /// Changes the number of permits. With fewer than are out, none is handed out until enough have come back.
  public func resize(to permits: Int) {
    precondition(permits >= 0, "a semaphore's permits must not be negative, but are \(permits)")
    room.serve { served in
      free += permits - size
      size = permits
      room.queue.pointee.about.subject?.size = permits
      serveWaiters(&served)
    }
  }

  /// Takes permits, suspending until they are free.
  /// - Throws: ``SemaphoreTooSmall`` at once if the semaphore can never have so many; `CancellationError`.
  nonisolated(nonsending)
    public func acquire(_ count: Int = 1) async throws
  {
    try checkFits(count)
    let outcome = await room.wait(amount: count) { _ in takeIfFirst(count) }
    if outcome == .granted { return }
    // We may have been the first: those behind us may fit.
    room.serve { serveWaiters(&$0) }
    throw CancellationError()
  }

  /// Takes permits if they are free and nobody waits.
  public func tryAcquire(_ count: Int = 1) -> Bool {
    precondition(count >= 0, "permits must not be negative, but are \(count)")
    return room.withLock { takeIfFirst(count) }
  }

  /// Blocks the calling *thread* until the permits are free; for code outside of tasks.
  /// - Throws: ``SemaphoreTooSmall``.
  public func acquireBlocking(_ count: Int = 1) throws {
    try checkFits(count)
    _ = room.waitBlocking(amount: count) { _ in takeIfFirst(count) }
  }

  /// Returns permits. More than are out is a programmer error.
  public func release(_ count: Int = 1) {
    precondition(count >= 0, "permits must not be negative, but are \(count)")
    room.serve { served in
      free += count
      precondition(free <= size, "release of \(count) permits, but only \(size - free + count) were out")
      serveWaiters(&served)
    }
  }

  /// Runs `body` with permits, and returns them however it ends.
  /// - Throws: what ``acquire(_:)`` and `body` throw.
  @discardableResult
  nonisolated(nonsending)
    public func withPermits<R>(_ count: Int = 1, _ body: nonisolated(nonsending) () async throws -> R)
    async throws -> R
  {
    try await acquire(count)
    let hold = room.hold(count, of: size)
    defer {
      room.letGo(hold, count)
      release(count)
    }
    return try await body()
  }

  private func checkFits(_ count: Int) throws {
    precondition(count >= 0, "permits must not be negative, but are \(count)")
    let size = permits
    if count > size { throw SemaphoreTooSmall(requested: count, size: size) }
  }

  /// With the lock held.
  private func takeIfFirst(_ count: Int) -> Bool {
    guard room.isEmpty, free >= count else { return false }
    free -= count
    return true
  }

  private func serveWaiters(_ served: inout Wakeups) {
    while let node = room.popFirst(where: { $0.pointee.amount <= free }) {
      free -= node.pointee.amount
      served.append(node.granted())
    }
  }

  fileprivate func selectCase<Output>(
    _ count: Int, _ handler: @escaping () async throws -> Output
  ) -> SelectCase<Output> {
    let waiting = RoomWaiting(
      (room.lock, room.queue), amount: { count }, attempt: { self.takeIfFirst(count) },
      lost: { self.room.serve { self.serveWaiters(&$0) } })
    return SelectCase(waiting, finish: handler)
  }
}

/// A case of a select that acquires permits of a semaphore; the handler has them and must release them.
public struct Acquire<Output>: SelectCaseSource {
  /// The case.
  public let selectCase: SelectCase<Output>

  /// Ready when `count` permits are free and nobody waits before.
  public init(_ semaphore: Semaphore, _ count: Int = 1, _ handler: @escaping () async throws -> Output) {
    selectCase = semaphore.selectCase(count, handler)
  }
}
