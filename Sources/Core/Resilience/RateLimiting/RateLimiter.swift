import CoreMetrics
import RevoadaChannels
import RevoadaInstruments
import RevoadaScheduling

/// A request for more than the limiter ever lets through at once.
public struct RateRequestTooLarge: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was asked for.
  public let requested: Int
  /// The most that can be had at once: the burst, or the limit of a window.
  public let limit: Int
  /// The limiter's name, if it has one.
  public let name: String?
  /// A sentence for people.
  public var description: String {
    let limiter = name.map { "rate limiter \"\($0)\"" } ?? "rate limiter"
    return "\(limiter): \(requested) were requested at once, but the burst is \(limit)"
  }
}

func checkRequest(_ count: Int, _ largest: Int, _ name: String?) throws {
  if count > largest { throw RateRequestTooLarge(requested: count, limit: largest, name: name) }
  var check = SettingsCheck("rate limiter", name)
  check.require(count >= 0, "count", count, "zero or more")
  try check.end()
}

/// Lets things happen at a rate: a token bucket, or a sliding window.
///
/// ```swift
/// let limiter = RateLimiter(rate: 100, per: .seconds(1), burst: 10)
/// for request in requests {
///   try await limiter.acquire()
///   try await send(request)
/// }
/// ```
///
/// First come, first served; a large request at the head is not overtaken by small ones behind it. A waiter takes its tokens
/// when it is served and not before, so one that is cancelled has nothing to give back and those behind it move up at
/// once. One that is cancelled after it was served goes on with its tokens. The arithmetic is in whole numbers and never
/// drifts; should the clock go backward, time stands still for the limiter until it has caught up.
///
/// With a wrong setting (a rate of zero or NaN, a burst of zero) nothing is let through: ``acquire(_:)`` throws
/// `InvalidSetting`, and ``validate()`` tells beforehand.
///
/// Cost: a `tryAcquire` without contention about 50 ns, most of it for the clock. Waits are as exact as timers are: some
/// 20 µs in this library, plus what the system adds; what is late is made up for.
public final class RateLimiter: @unchecked Sendable {
  // All `var`s are protected by `room`.

  /// What the limiter is called in errors and metrics.
  public let name: String?
  private let room = WaitingRoom()
  private var meter: RateMeter
  private let largest: Int
  private let fault: InvalidSetting?
  /// Fires when the first in the queue can be served.
  private var timer: (timers: Timers, entry: TimerEntry, due: Int64)?
  private var counts = Stats()
  private let instruments: RateInstruments

  /// What was asked for and what became of it, in tokens: asked for = granted + refused + cancelled + waiting.
  public struct Stats: Sendable, Equatable {
    /// Let through, at once or after a wait.
    public fileprivate(set) var granted = 0
    /// Refused by ``RateLimiter/tryAcquire(_:)``.
    public fileprivate(set) var refused = 0
    /// No longer wanted: waits and reservations cancelled before they were served.
    public fileprivate(set) var cancelled = 0
    /// Of the granted ones, those that a cancelled ``Reservation`` gave back.
    public fileprivate(set) var refunded = 0
    /// Asked for and not yet there.
    public fileprivate(set) var waiting = 0
  }

  /// Creates a limiter with a full bucket of tokens.
  ///
  /// - Parameters:
  ///   - name: for errors and metrics.
  ///   - rate: how many tokens there are each `per`; from 1e-9 to 1e9, exact for up to nine decimals.
  ///   - per: the time that `rate` is for.
  ///   - burst: how many tokens can be saved up, from 1 to 1e9; nil for those of one `per`.
  public convenience init(
    name: String? = nil, rate: Double, per: Duration = .seconds(1), burst: Int? = nil
  ) {
    let (bucket, fault) = RateSettings.bucket("rate limiter", name, rate: rate, per: per, burst: burst)
    self.init(name: name, RateMeter(bucket: bucket), fault)
  }

  /// Creates a limiter that lets at most `limit` through in *any* span of time of length `window`.
  ///
  /// A token bucket lets up to burst + rate × time through; a window is stricter, and keeps up to `limit` times in memory.
  public convenience init(name: String? = nil, limit: Int, window: Duration) {
    let (window, fault) = RateSettings.window("rate limiter", name, limit: limit, length: window)
    self.init(name: name, RateMeter(bucket: .closed, window: window), fault)
  }

  init(name: String?, _ meter: RateMeter, _ fault: InvalidSetting?, isSilent: Bool = false) {
    self.name = name
    self.meter = meter
    largest = meter.largest
    self.fault = fault
    instruments = RateInstruments(name: name, isSilent: isSilent)
  }

  /// Finds a setting that the limiter cannot work with.
  public func validate() throws(InvalidSetting) { if let fault { throw fault } }

  /// What can be taken now by ``tryAcquire(_:)``.
  public var available: Int {
    let now = Timers.current.now
    return room.withLock { room.isEmpty ? meter.available(now: now) : 0 }
  }

  /// What the bucket is like, for whom it was lent from.
  var fullAt: Int128 { room.withLock { meter.bucket.fullAt } }
  /// The ledger; a snapshot.
  public var stats: Stats { room.withLock { counts } }

  // MARK: Acquiring

  /// Takes `count` tokens, suspending until they are there and all who came before are served.
  ///
  /// Cancelling the task ends the wait; nothing was taken then.
  /// - Throws: ``RateRequestTooLarge`` at once for more than the burst; `InvalidSetting` for a negative count or a limiter with
  ///   wrong settings; `CancellationError`.
  nonisolated(nonsending)
    public func acquire(_ count: Int = 1) async throws
  {
    try check(count)
    let timers = Timers.current
    let start = timers.now
    let outcome = await room.wait(amount: count) { _ in takeOrQueue(count, timers, now: start) }
    if outcome == .granted {
      instruments.granted(count) { timers.now - start }
      return
    }
    withdraw(count, timers)
    throw CancellationError()
  }

  /// Takes `count` tokens if they are there and nobody waits. False, too, for what ``acquire(_:)`` would throw.
  public func tryAcquire(_ count: Int = 1) -> Bool {
    if count < 0 { return false }
    let now = Timers.current.now
    let taken = room.withLock {
      let taken = room.isEmpty && meter.take(count, now: now)
      if taken { counts.granted &+= count } else { counts.refused &+= count }
      return taken
    }
    instruments.tried(count, taken)
    return taken
  }

  /// Blocks the calling *thread* until the tokens are there; for code outside of tasks.
  /// - Throws: ``RateRequestTooLarge``, `InvalidSetting`.
  public func acquireBlocking(_ count: Int = 1) throws {
    try check(count)
    let timers = Timers.current
    let start = timers.now
    _ = room.waitBlocking(amount: count) { _ in takeOrQueue(count, timers, now: start) }
    instruments.granted(count) { timers.now - start }
  }

  private func check(_ count: Int) throws {
    try validate()
    try checkRequest(count, largest, name)
  }

  // MARK: With the lock held

  private func takeOrQueue(_ count: Int, _ timers: Timers, now: Int64) -> Bool {
    if room.isEmpty, meter.take(count, now: now) {
      counts.granted &+= count
      return true
    }
    counts.waiting += count
    if room.isEmpty { arm(for: count, timers) }
    return false
  }

  private func serveWaiters(_ served: inout Wakeups, _ timers: Timers) {
    let now = timers.now
    while let node = room.popFirst(where: { meter.ready($0.pointee.amount) <= now }) {
      let count = node.pointee.amount
      counts.waiting -= count
      counts.granted &+= count
      // A reservation must know when.
      node.pointee.amount = Int(meter.serve(count, now: now))
      served.append(node.granted())
    }
    if let first = room.first {
      arm(for: first.pointee.amount, timers)
    } else if let timer {
      timer.timers.cancel(timer.entry)
      self.timer = nil
    }
  }

  /// Sets the timer for a head of the queue that wants `count`.
  private func arm(for count: Int, _ timers: Timers) {
    let due = meter.ready(count)
    if let timer {
      if timer.due == due { return }
      timer.timers.cancel(timer.entry)
    }
    let entry = timers.schedule(at: due) { [weak self] in self?.timerFired(timers) }
    timer = (timers, entry, due)
  }

  // MARK: Without it

  private func timerFired(_ timers: Timers) {
    room.serve { served in
      timer = nil
      serveWaiters(&served, timers)
    }
  }

  /// After a cancelled wait: those behind may move up.
  private func withdraw(_ count: Int, _ timers: Timers) {
    room.serve { served in
      counts.waiting -= count
      counts.cancelled &+= count
      serveWaiters(&served, timers)
    }
    instruments.cancelled(count)
  }

  // MARK: Reserving

  /// Takes `count` tokens now or, without waiting, from the future: their turn comes after those who wait already.
  ///
  /// - Returns: when they may be used; see ``Reservation``.
  /// - Throws: what ``acquire(_:)`` throws at once.
  public func reserve(_ count: Int = 1) throws -> Reservation {
    try check(count)
    let timers = Timers.current
    let now = timers.now
    let node = WaitNode.take()
    node.pointee.amount = count
    return room.withLock {
      let ready = meter.ready(counts.waiting + count)
      let reservation = Reservation(self, count, delay: .nanoseconds(max(0, ready == .min ? 0 : ready - now)))
      if takeOrQueue(count, timers, now: now) {
        reservation.settle(at: now)
        node.recycle()
      } else {
        reservation.lineUp(node, in: room.queue)
      }
      return reservation
    }
  }

  func withLock<R>(_ body: () -> R) -> R { room.withLock(body) }

  /// Gives up a reservation.
  func cancel(_ reservation: Reservation) {
    let timers = Timers.current
    room.serve { served in
      switch reservation.giveUp() {
      case .over: return
      case .queued(let node):
        node.leaveQueue()
        node.recycle()
        counts.waiting -= reservation.count
        counts.cancelled &+= reservation.count
      case .granted(let time):
        meter.refund(reservation.count, takenAt: time)
        counts.refunded &+= reservation.count
      }
      serveWaiters(&served, timers)
    }
  }
}
