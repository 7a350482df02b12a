import CRevoada
import RevoadaInstruments
import RevoadaScheduling

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
///
/// A request of zero permits waits for its turn and takes nothing. A semaphore that was created with a negative number serves
/// nobody: each request throws `InvalidSetting`, and ``validate()`` tells beforehand.
///
/// Cost: one short lock to acquire and one to release, about 30 ns together, if there is nothing to wait for.
public final class Semaphore: @unchecked Sendable {  // `free` and `size` are protected by `room`
  package let room: WaitingRoom
  @exclusivity(unchecked) private var free: Int
  @exclusivity(unchecked) private var size: Int
  private let fault: InvalidSetting?

  /// Creates a semaphore with all permits free.
  /// - Parameters:
  ///   - permits: zero or more.
  ///   - name: for diagnostics.
  public init(permits: Int, name: String? = nil) {
    room = WaitingRoom(.permits, name: name)
    fault = Self.fault(permits)
    size = max(0, permits)
    free = size
    room.queue.pointee.about.subject?.size = size
  }

  private static func fault(_ permits: Int) -> InvalidSetting? {
    .unless(permits >= 0, "semaphore", "permits", permits, "zero or more")
  }

  /// The permits that nobody holds; below zero after a resize to fewer than are out.
  public var available: Int { room.withLock { free } }
  /// The permits there are in all.
  public var permits: Int { room.withLock { size } }
  /// How many requests wait.
  public var waiting: Int { room.withLock { room.waiting } }

  /// Tells whether the semaphore can work with the number it was created with.
  public func validate() throws(InvalidSetting) { if let fault { throw fault } }

  /// Changes the number of permits. With fewer than are out, none is handed out until enough have come back. Who waits for
  /// more than there are now gets ``SemaphoreTooSmall``.
  /// - Throws: `InvalidSetting` for a negative number, and then nothing changes.
  public func resize(to permits: Int) throws(InvalidSetting) {
    if let fault = fault ?? Self.fault(permits) { throw fault }
    let (inVain, served) = room.withLock {
      free += permits - size
      size = permits
      room.queue.pointee.about.subject?.size = permits
      let inVain = room.takeAll { $0.pointee.amount > permits }
      return (inVain, serveWaiters())
    }
    inVain.wakeAll(.closed)
    served.wakeAll()
  }

  // MARK: Acquiring

  /// Takes permits, suspending until they are free.
  /// - Throws: ``SemaphoreTooSmall`` as soon as the semaphore can never have so many; `CancellationError`;
  ///   `InvalidSetting` for a negative number.
  @inlinable @inline(__always)
  nonisolated(nonsending)
    public func acquire(_ count: Int = 1) async throws
  { if !tryAcquire(count) { try await acquireWaiting(count) } }

  /// Takes permits if they are free and nobody waits. Never more than there are, nor fewer than none: false then.
  public func tryAcquire(_ count: Int = 1) -> Bool {
    crv_lock_acquire(room.lock)
    let taken = room.isEmpty && takeIfFree(count)
    crv_lock_release(room.lock)
    return taken
  }

  /// Blocks the calling *thread* until the permits are free; for code outside of tasks.
  /// - Throws: ``SemaphoreTooSmall``, `InvalidSetting`.
  public func acquireBlocking(_ count: Int = 1) throws {
    try check(count)
    var arrival = Arrival.waits
    let outcome = room.waitBlocking(amount: count) { _ in
      arrival = arrive(count)
      return arrival != .waits
    }
    try conclude(count, arrival, outcome)
  }

  @usableFromInline
  nonisolated(nonsending)
    func acquireWaiting(_ count: Int) async throws
  {
    try check(count)
    var arrival = Arrival.waits
    let outcome = await room.wait(amount: count) { _ in
      arrival = arrive(count)
      return arrival != .waits
    }
    try conclude(count, arrival, outcome)
  }

  /// Runs `body` with permits, and returns them however it ends.
  /// - Throws: what ``acquire(_:)`` and `body` throw.
  @discardableResult
  @inlinable
  nonisolated(nonsending)
    public func withPermits<R>(_ count: Int = 1, _ body: nonisolated(nonsending) () async throws -> R)
    async throws -> R
  {
    try await acquire(count)
    let hold = hold(count)
    defer {
      if hold != 0 { letGo(hold, count) }
      release(count)
    }
    return try await body()
  }

  /// The same for a plain thread, which blocks.
  /// - Throws: what ``acquireBlocking(_:)`` and `body` throw.
  @discardableResult
  public func withPermitsBlocking<R>(_ count: Int = 1, _ body: () throws -> R) throws -> R {
    try acquireBlocking(count)
    defer { release(count) }
    return try body()
  }

  /// Tells those who watch that the calling goroutine has permits, and will return them itself.
  @usableFromInline
  func hold(_ count: Int) -> UInt { Watching.noticesHolders ? room.hold(count, of: size) : 0 }
  @usableFromInline
  func letGo(_ hold: UInt, _ count: Int) { room.letGo(hold, count) }

  // MARK: Releasing

  /// Returns permits.
  ///
  /// More than are out, or fewer than none, is an error of the program: nothing is returned, so that there never are more permits
  /// than there should be, and the error is logged by `revoada.semaphore`. ``release(checking:)`` throws it.
  public func release(_ count: Int = 1) {
    do { try release(checking: count) } catch {
      Instruments(kind: "semaphore", name: nil).logger.error("\(error)")
    }
  }

  /// Returns permits, and tells if that cannot be right.
  /// - Throws: `InvalidSetting` for more than are out or fewer than none, and then nothing changes.
  public func release(checking count: Int) throws(InvalidSetting) {
    crv_lock_acquire(room.lock)
    let out = size - free
    if let wrong = InvalidSetting.unless(
      0...max(0, out) ~= count, "semaphore", "permits to release", count,
      "from 0 to \(out), as many as are out")
    {
      crv_lock_release(room.lock)
      throw wrong
    }
    free += count
    let served = room.isEmpty ? WaitChain() : serveWaiters()
    crv_lock_release(room.lock)
    served.wakeAll()
  }

  // MARK: With the lock held

  /// What becomes of a request that comes.
  enum Arrival { case served, waits, inVain }

  func arrive(_ count: Int) -> Arrival {
    if count > size { return .inVain }
    return room.isEmpty && takeIfFree(count) ? .served : .waits
  }

  private func takeIfFree(_ count: Int) -> Bool {
    guard count >= 0, free >= count, count <= size else { return false }
    free -= count
    return true
  }

  private func serveWaiters() -> WaitChain {
    room.takeFirst { node in
      free >= node.pointee.amount
    } served: { node in
      free -= node.pointee.amount
    }
  }

  // MARK: Without it

  func check(_ count: Int) throws(InvalidSetting) {
    try validate()
    let wrong = InvalidSetting.unless(count >= 0, "semaphore", "permits to acquire", count, "zero or more")
    if let wrong { throw wrong }
  }

  /// Those behind a waiter that is gone may fit.
  func serveNext() { room.withLock { serveWaiters() }.wakeAll() }

  func conclude(_ count: Int, _ arrival: Arrival, _ outcome: WaitOutcome) throws {
    if arrival == .inVain || outcome == .closed {
      throw SemaphoreTooSmall(requested: count, size: permits)
    }
    guard outcome == .cancelled else { return }
    serveNext()
    throw CancellationError()
  }
}
