import CRevoada
import RevoadaScheduling

/// One case of a ``select(_:_:)``: made by ``Receive``, ``Send``, ``After``, ``Default`` and the cases of other primitives.
public struct SelectCase<Output> {
  /// What waits and commits. Not generic, so that the select's loop is compiled once.
  @usableFromInline package let waiting: SelectWaiting
  /// Runs the handler, if the case is chosen.
  @usableFromInline package let finish: () async throws -> Output

  @inlinable
  package init(_ waiting: SelectWaiting, finish: @escaping () async throws -> Output) {
    self.waiting = waiting
    self.finish = finish
  }
}

/// What can stand in a select.
public protocol SelectCaseSource<Output> {
  /// What the case's handler returns.
  associatedtype Output
  /// The case.
  var selectCase: SelectCase<Output> { get }
}

/// What a select does with one of its cases, from its first look to the end. Nothing here suspends.
@usableFromInline
package class SelectWaiting {
  /// The waiter in a queue, if the case has queued one; the subclass owns it.
  @exclusivity(unchecked) package final var node: Waiter?

  @usableFromInline
  package init() {}

  /// The lock under which the case is tried and queued; nil for a case that has none.
  package var lock: UnsafeMutablePointer<crv_lock>? { nil }
  /// Whether this is the case for when no other is ready.
  package var isDefault: Bool { false }

  /// With the lock held: commits the case if it is ready, and hands over whom to wake after the lock is released.
  package func commitIfReady(wake: inout Wakeup) -> Bool { false }

  /// With the lock held: queues the case as a waiter of `state`, or starts its timer.
  package func enqueue(_ state: SelectState, index: Int32) {}

  /// Without any lock, after the select has been decided: takes over what the winner was given, cleans up after a loser.
  package func conclude(won: Bool) {}

  /// Queues a node; for `enqueue`.
  package final func enqueue(
    _ state: SelectState, index: Int32, in queue: UnsafeMutablePointer<WaitQueue>, node: Waiter
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
  private let attempt: () -> Bool
  private let lost: () -> Void

  /// - Parameters:
  ///   - amount: what the waiter wants, see ``WaitNode/amount``.
  ///   - attempt: commits if it can; called with the lock held.
  ///   - lost: called without the lock when the case had queued and another has won.
  package init(
    _ room: (lock: UnsafeMutablePointer<crv_lock>, queue: UnsafeMutablePointer<WaitQueue>),
    amount: @escaping () -> Int = { 0 }, attempt: @escaping () -> Bool, lost: @escaping () -> Void = {}
  ) {
    self.room = room
    self.amount = amount
    self.attempt = attempt
    self.lost = lost
  }

  package override var lock: UnsafeMutablePointer<crv_lock>? { room.lock }
  package override func commitIfReady(wake: inout Wakeup) -> Bool { attempt() }
  package override func enqueue(_ state: SelectState, index: Int32) {
    let node = WaitNode.take()
    node.pointee.amount = amount()
    enqueue(state, index: index, in: room.queue, node: node)
  }
  package override func conclude(won: Bool) {
    guard let node else { return }
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
  public init(_ duration: Duration, _ handler: @escaping () async throws -> Output) {
    selectCase = SelectCase(TimerWaiting(duration), finish: handler)
  }
}

private final class TimerWaiting: SelectWaiting {
  private let duration: Duration
  private var timer: (timers: Timers, entry: TimerEntry)?

  init(_ duration: Duration) { self.duration = duration }

  override func commitIfReady(wake: inout Wakeup) -> Bool { duration <= .zero }
  override func enqueue(_ state: SelectState, index: Int32) {
    let timers = Timers.current
    let entry = timers.schedule(after: duration.nanoseconds) {
      if state.claimByTimer(index) { state.resume() }
    }
    timer = (timers, entry)
  }
  override func conclude(won: Bool) {
    if let timer, !won { timer.timers.cancel(timer.entry) }
  }
}

/// Chosen when no other case is ready: the select then does not wait.
public struct Default<Output>: SelectCaseSource {
  /// The case.
  public let selectCase: SelectCase<Output>

  /// A case for when nothing else is ready.
  public init(_ handler: @escaping () async throws -> Output) {
    selectCase = SelectCase(DefaultWaiting(), finish: handler)
  }
}

private final class DefaultWaiting: SelectWaiting {
  override var isDefault: Bool { true }
}
