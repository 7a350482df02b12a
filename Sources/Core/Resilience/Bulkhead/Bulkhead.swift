import CRevoada
import CoreMetrics
import RevoadaChannels
import RevoadaInstruments
import RevoadaScheduling

/// Limits how many calls of one kind run at a time, so that a slow service cannot take all there is.
///
/// ```swift
/// let reports = Bulkhead(name: "reports", limit: 10, queue: 100)
/// let report = try await reports.execute { try await build() }
/// ```
///
/// Further calls wait in the order of their arrival, up to `queue` of them; beyond that, ``BulkheadFull`` is thrown at once. A
/// waiter that is cancelled leaves no trace; one that is cancelled when it has its place runs its body, which finds itself
/// cancelled, and gives the place back.
///
/// With a wrong setting every call throws `InvalidSetting`; ``validate()`` tells beforehand.
///
/// Cost: about 40 ns a call that need not wait, without allocation.
public final class Bulkhead: @unchecked Sendable {
  // All `var`s are protected by `room`.

  /// The bulkhead's name, in its errors and metrics.
  public let name: String
  private let room = WaitingRoom()
  @exclusivity(unchecked) private var places: Int
  private let queue: Int
  private let fault: InvalidSetting?
  @exclusivity(unchecked) private var counts = Stats()
  private let instruments: BulkheadInstruments

  /// What became of the calls: asked for = completed + running + waiting + refused + cancelled.
  public struct Stats: Sendable, Equatable {
    /// Calls that run.
    public fileprivate(set) var running = 0
    /// Calls that wait.
    public fileprivate(set) var waiting = 0
    /// Calls that ran, whether or not they succeeded.
    public fileprivate(set) var completed = 0
    /// Calls that found the queue full.
    public fileprivate(set) var refused = 0
    /// Calls that were cancelled, or ran out of time, while they waited.
    public fileprivate(set) var cancelled = 0
  }

  /// Creates an empty bulkhead.
  ///
  /// - Parameters:
  ///   - name: for errors and metrics.
  ///   - limit: how many calls run at a time, at least 1.
  ///   - queue: how many may wait: 0 for none, nil for any number.
  public convenience init(name: String, limit: Int, queue: Int? = nil) {
    self.init(kind: "bulkhead", name: name, limit: limit, queue: queue)
  }

  init(kind: String, name: String, limit: Int, queue: Int?, isSilent: Bool = false) {
    var check = SettingsCheck(kind.replacingUnderscores, name)
    check.require(limit >= 1, "limit", limit, "at least 1")
    check.require(queue ?? 0 >= 0, "queue", queue ?? 0, "zero or more")
    self.name = name
    fault = check.fault
    // One that cannot work has no places: the slow path tells.
    places = fault == nil ? limit : 0
    self.queue = queue ?? .max
    instruments = BulkheadInstruments(kind: kind, name: name, isSilent: isSilent)
    instruments.resized(places)
  }

  /// How many calls may run at a time.
  public var limit: Int { room.withLock { places } }
  /// The ledger; a snapshot.
  public var stats: Stats { room.withLock { counts } }

  /// Finds a setting that the bulkhead cannot work with.
  public func validate() throws(InvalidSetting) { if let fault { throw fault } }

  /// Changes how many calls may run. With fewer than run now, none starts until enough have ended.
  /// - Throws: `InvalidSetting` for less than 1, and then nothing changes.
  public func resize(to limit: Int) throws(InvalidSetting) {
    try validate()
    var check = SettingsCheck("bulkhead", name)
    check.require(limit >= 1, "limit", limit, "at least 1")
    try check.end()
    room.serve { served in
      places = limit
      serveWaiters(&served)
    }
    instruments.resized(limit)
  }

  /// Runs `body` when there is a place for it. Stays on the caller's executor.
  ///
  /// - Throws: ``BulkheadFull``; `CancellationError` if the task is cancelled while it waits; both before `body` runs. What
  ///   `body` throws.
  @inlinable
  nonisolated(nonsending)
    public func execute<R>(_ body: nonisolated(nonsending) () async throws -> R) async throws -> R
  {
    if !tryEnter() { try await enterWaiting() }
    defer { leave() }
    return try await body()
  }

  /// Runs `body` if there is a place for it within `limit`; once it runs, it may take its time.
  ///
  /// - Throws: `TimedOut` if there was no place in time, and then `body` has not run; otherwise as
  ///   ``execute(_:)``.
  @inlinable
  nonisolated(nonsending)
    public func execute<R>(
      waitingAtMost limit: Duration, _ body: nonisolated(nonsending) () async throws -> R
    ) async throws -> R
  {
    if !tryEnter() { try await enterWaiting(atMost: limit) }
    defer { leave() }
    return try await body()
  }

  // MARK: Places

  /// Takes a place as ``execute(_:)`` does, for those who cannot pass a closure: the scripting layer. ``leave()`` must
  /// follow.
  nonisolated(nonsending)
    package func enter() async throws
  { if !tryEnter() { try await enterWaiting() } }

  /// The usual case. That somebody waits is seen by the count, which may lag behind the queue: then the slow path decides.
  @usableFromInline
  func tryEnter() -> Bool {
    crv_lock_acquire(room.lock)
    let enters = counts.running < places && counts.waiting == 0
    if enters { counts.running &+= 1 }
    crv_lock_release(room.lock)
    if instruments.isMeasuring { instruments.filled(stats) }
    return enters
  }

  /// Gives a place back: to the first in the queue, if anybody waits.
  @usableFromInline
  package func leave() {
    crv_lock_acquire(room.lock)
    counts.completed &+= 1
    var next: Waiter?
    if counts.waiting > 0, counts.running <= places { next = room.popFirst() }
    if next == nil { counts.running &-= 1 } else { counts.waiting &-= 1 }
    let wake = next?.granted() ?? .none
    crv_lock_release(room.lock)
    wake()
    if instruments.isMeasuring {
      instruments.completed()
      instruments.filled(stats)
    }
  }

  /// With the lock held.
  private func serveWaiters(_ served: inout Wakeups) {
    while counts.running < places, let node = room.popFirst() {
      counts.running += 1
      counts.waiting -= 1
      served.append(node.granted())
    }
  }

  /// What becomes of a call that cannot run at once; decided with the lock held.
  private enum Arrival { case entered, queued, refused }

  private func arrive() -> Arrival {
    if counts.running < places, room.isEmpty {
      counts.running += 1
      return .entered
    }
    if counts.waiting >= queue {
      counts.refused += 1
      return .refused
    }
    counts.waiting += 1
    return .queued
  }

  private func gaveUp() {
    room.withLock {
      counts.waiting -= 1
      counts.cancelled += 1
    }
    instruments.cancelled()
  }

  @usableFromInline
  nonisolated(nonsending)
    func enterWaiting() async throws
  {
    try validate()
    let start = instruments.start
    var arrival = Arrival.queued
    let outcome = await room.wait { _ in
      arrival = arrive()
      return arrival != .queued
    }
    if arrival == .refused { throw refused() }
    if outcome == .cancelled {
      gaveUp()
      throw CancellationError()
    }
    instruments.waited(since: start)
  }

  @usableFromInline
  nonisolated(nonsending)
    func enterWaiting(atMost limit: Duration) async throws
  {
    try validate()
    let start = instruments.start
    var arrival: Arrival?
    let place = RoomWaiting(
      (room.lock, room.queue),
      attempt: { _ in
        let now = self.arrive()
        arrival = now
        return now != .queued
      })
    do {
      let inTime = try await select(.biased) {
        SelectCase(place) { true }
        After(limit) { false }
      }
      if !inTime { throw TimedOut(limit: limit) }
    } catch {
      if arrival == .queued { gaveUp() }
      throw error
    }
    if arrival == .refused { throw refused() }
    instruments.waited(since: start)
  }

  private func refused() -> BulkheadFull {
    instruments.refused()
    return BulkheadFull(name: name, limit: limit, queue: queue)
  }
}
