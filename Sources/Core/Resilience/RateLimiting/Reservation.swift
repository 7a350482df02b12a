import RevoadaScheduling

/// Tokens of a ``RateLimiter`` that will be there at a known time.
///
/// ```swift
/// let reservation = try limiter.reserve(20)
/// if reservation.delay > .seconds(1) { reservation.cancel() } else { try await reservation.wait() }
/// ```
///
/// One that is dropped keeps its tokens: they count as used.
public final class Reservation: @unchecked Sendable {
  // All `var`s are protected by the limiter's lock.

  /// How many tokens.
  public let count: Int
  /// The time from ``RateLimiter/reserve(_:)`` to when they may be used. Less, if others give up before.
  public let delay: Duration
  private let limiter: RateLimiter
  /// While it waits in the limiter's queue.
  private var node: Waiter?
  private var grantedAt: Int64?
  private var isGivenUp = false
  private let ready = Completion()

  init(_ limiter: RateLimiter, _ count: Int, delay: Duration) {
    self.limiter = limiter
    self.count = count
    self.delay = delay
  }

  /// Suspends until the tokens may be used.
  /// - Throws: ``ReservationGivenUp``; `CancellationError`, and then the reservation is still there.
  nonisolated(nonsending)
    public func wait() async throws
  {
    if await ready.wait() == .cancelled { throw CancellationError() }
    if limiter.withLock({ isGivenUp }) { throw ReservationGivenUp() }
  }

  /// Gives the tokens back, exactly: those behind are served as if it had never been. Only for tokens that have not been
  /// used. Later calls do nothing.
  public func cancel() {
    limiter.cancel(self)
    ready.complete()
  }

  // MARK: For the limiter, with its lock held

  /// Granted at once.
  func settle(at time: Int64) {
    grantedAt = time
    ready.complete()  // nobody knows it yet: nobody is woken
  }

  /// Queues up, to be granted later.
  func lineUp(_ node: Waiter, in queue: UnsafeMutablePointer<WaitQueue>) {
    self.node = node
    node.append(to: queue) { self.served() }
  }

  /// Where a reservation was when it was given up.
  enum Place {
    case over
    case queued(Waiter)
    case granted(at: Int64)
  }

  /// Ends the reservation and tells where it was.
  func giveUp() -> Place {
    if isGivenUp { return .over }
    isGivenUp = true
    if let node, node.pointee.isQueued {
      self.node = nil
      return .queued(node)
    }
    // Just served, and not yet told?
    if let node { return .granted(at: Int64(node.pointee.amount)) }
    return grantedAt.map { .granted(at: $0) } ?? .over
  }

  // MARK: Without it

  private func served() {
    let node = limiter.withLock {
      let served = self.node
      grantedAt = served.map { Int64($0.pointee.amount) }
      self.node = nil
      return served
    }
    node?.recycle()
    ready.complete()
  }
}

/// A wait for a ``Reservation`` that was cancelled.
public struct ReservationGivenUp: Error, Sendable, Equatable, CustomStringConvertible {
  /// A sentence for people.
  public var description: String { "the reservation was cancelled" }
}
