import RevoadaInstruments
import RevoadaScheduling

/// Lets a fixed number of parties wait for each other, again and again, as Java's `CyclicBarrier`.
///
/// ```swift
/// let phase = Barrier(parties: 4)
/// try await withScope { scope in
///   for part in 0..<4 {
///     scope.spawn {
///       for step in 1...10 {
///         try await simulate(part, step)
///         try await phase.wait()  // nobody begins the next step before all have ended this one
///       }
///     }
///   }
/// }
/// ```
///
/// A party that is cancelled while it waits, or runs out of a `withTimeout`, breaks the barrier: the others would wait for it in
/// vain. All of them get ``BarrierBroken``, and so does everybody who comes later, until ``reset()``. A party that is cancelled
/// when the barrier has already opened is not: it goes on as if it had not been.
///
/// With fewer than one party each call throws `InvalidSetting`; ``validate()`` tells beforehand.
///
/// The wait of a party costs one lock and one suspension; opening needs no allocation however many wait.
public final class Barrier: @unchecked Sendable {  // all `var`s are protected by `room`
  /// How many must meet.
  public let parties: Int
  private let action: (@Sendable () throws -> Void)?
  private let fault: InvalidSetting?
  package let room: WaitingRoom

  /// Counts how often the barrier has opened or been broken.
  @exclusivity(unchecked) private var round = 0
  @exclusivity(unchecked) private var broken: BarrierBroken.Cause?
  /// Why rounds were broken whose parties have not all learnt it yet, and how many of those there are.
  @exclusivity(unchecked) private var untold: [Int: (cause: BarrierBroken.Cause, parties: Int)] = [:]

  /// Creates a barrier.
  ///
  /// - Parameters:
  ///   - parties: how many must meet, at least 1.
  ///   - name: for diagnostics.
  ///   - action: what is to be done each time when all have met and none has gone on: the last party to come runs it, without any
  ///     lock. Brief, because all wait for it; it must not wait for the barrier itself. If it throws, that party gets
  ///     the error and the barrier is broken.
  public init(parties: Int, name: String? = nil, action: (@Sendable () throws -> Void)? = nil) {
    room = WaitingRoom(.barrier, name: name)
    self.parties = parties
    self.action = action
    fault = .unless(parties >= 1, "barrier", "parties", parties, "at least 1")
  }

  /// How many parties wait.
  public var waiting: Int { room.withLock { room.waiting } }
  /// Whether the barrier is broken, and waits to be reset.
  public var isBroken: Bool { room.withLock { broken != nil } }
  /// How often the barrier has opened, been broken or been reset.
  public var generation: Int { room.withLock { round } }

  /// Tells whether the barrier can work with the number of parties it was created with.
  public func validate() throws(InvalidSetting) { if let fault { throw fault } }

  /// Suspends until all parties wait.
  ///
  /// - Returns: true for one party of each round, the last to come.
  /// - Throws: ``BarrierBroken``; `CancellationError`, and then the barrier is broken; what the barrier's action throws.
  @discardableResult
  nonisolated(nonsending)
    public func wait() async throws -> Bool
  {
    try validate()
    var arrival = Arrival.waits(round: 0)
    let outcome = await room.wait { _ in
      arrival = arrive()
      return !arrival.waits
    }
    return try conclude(arrival, outcome)
  }

  /// Blocks the calling *thread* until all parties wait; for code outside of tasks.
  /// - Returns: true for one party of each round, the last to come.
  /// - Throws: ``BarrierBroken``; what the barrier's action throws.
  @discardableResult
  public func waitBlocking() throws -> Bool {
    try validate()
    var arrival = Arrival.waits(round: 0)
    let outcome = room.waitBlocking { _ in
      arrival = arrive()
      return !arrival.waits
    }
    return try conclude(arrival, outcome)
  }

  /// Makes a broken barrier usable again. Parties that wait get ``BarrierBroken``.
  public func reset() {
    let waiters = room.withLock {
      broken = nil
      return endRound(.reset)
    }
    waiters.wakeAll(.closed)
  }

  // MARK: With the lock held

  enum Arrival {
    case waits(round: Int)
    case completes(WaitChain, round: Int)
    case isTooLate(BarrierBroken.Cause)

    var waits: Bool { if case .waits = self { true } else { false } }
  }

  /// A party comes.
  func arrive() -> Arrival {
    if let broken { return .isTooLate(broken) }
    guard room.waiting + 1 >= parties else { return .waits(round: round) }
    let others = room.takeAll()
    if others.count + 1 >= parties {
      defer { round &+= 1 }
      return .completes(others, round: round)
    }
    // Some were cases of selects that have gone another way. The rest of the cases are committed now: they come again as
    // ordinary parties. Resuming them only schedules them, so that it may happen under the lock, which the caller keeps
    // until it waits.
    others.forEach { node in
      if node.isSelectCase { node.granted(.handedOver)() } else { room.requeue(node) }
    }
    return .waits(round: round)
  }

  /// Ends the round without opening; the parties that have waited are to be woken.
  private func endRound(_ cause: BarrierBroken.Cause) -> WaitChain {
    let waiters = room.takeAll()
    if waiters.count > 0 { untold[round] = (cause, waiters.count) }
    round &+= 1
    return waiters
  }

  // MARK: Without it

  func conclude(_ arrival: Arrival, _ outcome: WaitOutcome) throws -> Bool {
    switch arrival {
    case .completes(let others, let round):
      try open(others, round)
      return true
    case .isTooLate(let cause): throw BarrierBroken(cause: cause, parties: parties)
    case .waits(let round):
      if outcome == .closed { throw BarrierBroken(cause: learnCause(of: round), parties: parties) }
      if outcome == .cancelled {
        breakUp(round, .cancellation)
        throw CancellationError()
      }
      return false
    }
  }

  /// All have met: runs the action and lets the others go.
  func open(_ others: WaitChain, _ opened: Int) throws {
    guard let action else { return others.wakeAll() }
    do { try action() } catch {
      room.withLock { if others.count > 0 { untold[opened] = (.failedAction, others.count) } }
      breakUp(nil, .failedAction)
      others.wakeAll(.closed)
      throw error
    }
    others.wakeAll()
  }

  /// Breaks the barrier, unless the round that this is about is over.
  private func breakUp(_ concerned: Int?, _ cause: BarrierBroken.Cause) {
    let waiters: WaitChain? = room.withLock {
      if let concerned, concerned != round { return nil }
      broken = cause
      return endRound(cause)
    }
    guard let waiters else { return }
    Instruments(kind: "barrier", name: nil).logger.debug(
      "broken", metadata: ["cause": "\(cause)", "parties": "\(parties)", "waiting": "\(waiters.count)"])
    waiters.wakeAll(.closed)
  }

  private func learnCause(of round: Int) -> BarrierBroken.Cause {
    room.withLock {
      guard let (cause, parties) = untold[round] else { return .reset }
      untold[round] = parties > 1 ? (cause, parties - 1) : nil
      return cause
    }
  }
}
