import CRevoada
import RevoadaScheduling

/// A case of a ``select(_:_:)`` whose waiting is an object: that of a lock, a semaphore, a timer.
public struct SelectCase<Output>: SelectCases {
  @usableFromInline let waiting: SelectWaiting
  @usableFromInline let handler: nonisolated(nonsending) () async throws -> Output

  package init(
    _ waiting: SelectWaiting, finish handler: nonisolated(nonsending) @escaping () async throws -> Output
  ) {
    self.waiting = waiting
    self.handler = handler
  }

  /// One.
  public var caseCount: Int { 1 }
  /// Describes the case.
  public func describe(_ slots: UnsafeMutablePointer<SelectSlot>) {
    slots.initialize(to: SelectSlot(.other, waiting: .passUnretained(waiting)))
  }
  /// Takes over what the winner was given, or cleans up after a loser.
  public func settle(_ slots: UnsafeMutablePointer<SelectSlot>, chosen: Int) {
    waiting.conclude(won: chosen == 0)
  }
  /// Runs the handler.
  nonisolated(nonsending) public func finish(_ slot: SelectSlot, index: Int) async throws -> Output {
    try await handler()
  }
}

/// What is one case of a select by way of a ``SelectCase``.
public protocol SelectCaseSource<Output>: SelectCases {
  /// The case.
  var selectCase: SelectCase<Output> { get }
}

extension SelectCaseSource {
  /// One.
  public var caseCount: Int { 1 }
  /// See ``SelectCase``.
  public func describe(_ slots: UnsafeMutablePointer<SelectSlot>) { selectCase.describe(slots) }
  /// See ``SelectCase``.
  public func settle(_ slots: UnsafeMutablePointer<SelectSlot>, chosen: Int) {
    selectCase.settle(slots, chosen: chosen)
  }
  /// See ``SelectCase``.
  nonisolated(nonsending) public func finish(_ slot: SelectSlot, index: Int) async throws -> Output {
    try await selectCase.finish(slot, index: index)
  }
}

/// What a select does with such a case, from its first look to the end. Nothing here suspends.
@usableFromInline
package class SelectWaiting {
  /// The waiter in a queue, if the case has queued one; the subclass owns it.
  @exclusivity(unchecked) package final var node: Waiter?

  package init() {}

  /// The lock under which the case is tried and queued; nil for a case that has none.
  package var lock: UnsafeMutablePointer<crv_lock>? { nil }

  /// With the lock held: commits the case if it is ready, and hands over whom to wake after the lock is released.
  package func commitIfReady(wake: inout Wakeup) -> Bool { false }

  /// With the lock held: queues the case as a waiter of `state`, or starts its timer.
  package func enqueue(_ state: SelectPointer, index: Int32) {}

  /// Without any lock, after the select has been decided: takes over what the winner was given, cleans up after a loser.
  package func conclude(won: Bool) {}

  /// Queues a node; for `enqueue`.
  package final func queue(
    _ node: Waiter, in queue: UnsafeMutablePointer<WaitQueue>, of state: SelectPointer, index: Int32
  ) {
    node.joinSelect(state, index: index, queue: queue)
    queue.pointee.append(node)
    self.node = node
  }
}

/// Waits in the ``WaitingRoom`` of a coordination primitive.
package final class RoomWaiting: SelectWaiting {
  private let room: (lock: UnsafeMutablePointer<crv_lock>, queue: UnsafeMutablePointer<WaitQueue>)
  private let amount: () -> Int
  private let joinsFront: Bool
  private let attempt: (inout Wakeup) -> Bool
  private let lost: () -> Void
  /// Once the case has won: how its waiter was served; `granted` if it did not have to wait.
  @exclusivity(unchecked) package private(set) var outcome = WaitOutcome.granted

  /// - Parameters:
  ///   - amount: what the waiter wants, see ``WaitNode/amount``.
  ///   - atFront: ahead of those who wait already.
  ///   - attempt: commits if it can; called with the lock held; what it hands over is woken after that.
  ///   - lost: called without the lock when the case had queued and another has won.
  package init(
    _ room: (lock: UnsafeMutablePointer<crv_lock>, queue: UnsafeMutablePointer<WaitQueue>),
    amount: @escaping () -> Int = { 0 }, atFront: Bool = false,
    attempt: @escaping (inout Wakeup) -> Bool, lost: @escaping () -> Void = {}
  ) {
    self.room = room
    self.amount = amount
    joinsFront = atFront
    self.attempt = attempt
    self.lost = lost
  }

  package override var lock: UnsafeMutablePointer<crv_lock>? { room.lock }
  package override func commitIfReady(wake: inout Wakeup) -> Bool { attempt(&wake) }
  package override func enqueue(_ state: SelectPointer, index: Int32) {
    let node = WaitNode.take()
    node.pointee.amount = amount()
    node.pointee.joinsFront = joinsFront
    queue(node, in: room.queue, of: state, index: index)
  }
  package override func conclude(won: Bool) {
    guard let node else { return }
    if won { outcome = node.pointee.outcome }
    node.recycle()
    self.node = nil
    if !won { lost() }
  }
}

/// Ready after a time, counted from the start of the select.
public struct After<Output>: SelectCaseSource {
  /// The case.
  public let selectCase: SelectCase<Output>

  /// A case that wins `duration` after the select began to wait, if no other has by then.
  public init(_ duration: Duration, _ handler: nonisolated(nonsending) @escaping () async throws -> Output) {
    selectCase = SelectCase(TimerWaiting(duration), finish: handler)
  }
}

private final class TimerWaiting: SelectWaiting {
  private let duration: Duration
  private var timer: (timers: Timers, entry: TimerEntry)?

  init(_ duration: Duration) { self.duration = duration }

  override func commitIfReady(wake: inout Wakeup) -> Bool { duration <= .zero }
  override func enqueue(_ state: SelectPointer, index: Int32) {
    let timers = Timers.current
    timer = (timers, timers.schedule(after: duration.nanoseconds, claiming: index, of: state))
  }
  override func conclude(won: Bool) {
    if let timer, !won { timer.timers.cancel(timer.entry) }
  }
}
