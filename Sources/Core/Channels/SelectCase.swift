import CRevoada
import RevoadaScheduling

/// One case of a ``select(_:_:)``: ``Receive``, ``Send``, ``After``, ``Default``, and those that other primitives add.
public class SelectCase<Output> {
  /// What a select calls on its cases, from its first look to the end. All but `finish` are quick and never suspend.
  package init() {}

  /// The lock under which the case is tried and queued; nil for a case that has none.
  package var lock: UnsafeMutablePointer<crv_lock>? { nil }
  /// Whether this is the case for when no other is ready.
  package var isDefault: Bool { false }

  /// With the lock held: commits the case if it is ready, and hands over whom to wake after the lock is released.
  package func commitIfReady(wake: inout [Wakeup]) -> Bool { false }

  /// With the lock held: queues the case as a waiter of `state`.
  package func enqueue(_ state: SelectState, index: Int32) {}

  /// Starts what runs by itself, such as a timer.
  package func arm(_ state: SelectState, index: Int32) {}

  /// With the lock held: takes the case out of its queue.
  package func dequeue() {}

  /// Without any lock, after the select has been decided: takes over what the winner was given, cleans up after the losers.
  package func conclude(won: Bool) {}

  /// Runs the handler of the winning case.
  package func finish() async throws -> Output { preconditionFailure("a select case without a handler won") }
}

/// A case that waits in the queue of a primitive.
public class QueuedSelectCase<Output>: SelectCase<Output> {
  /// The waiter, while the select is suspended.
  package private(set) var node: Waiter?

  /// Queues a node; called by `enqueue`.
  package func enqueue(
    _ state: SelectState, index: Int32, in queue: UnsafeMutablePointer<WaitQueue>,
    prepare: (Waiter) -> Void = { _ in }
  ) {
    let node = WaitNode.take()
    node.joinSelect(state, index: index, queue: queue)
    prepare(node)
    queue.pointee.append(node)
    self.node = node
  }

  package override func dequeue() { node?.leaveQueue() }

  /// Gives the node back; called at the end of `conclude`.
  package func release() {
    node?.recycle()
    node = nil
  }
}

/// What can stand in a select besides the cases of this module.
public protocol SelectCaseSource<Output> {
  /// What the case's handler returns.
  associatedtype Output
  /// The case.
  var selectCase: SelectCase<Output> { get }
}

/// A case that waits in the ``WaitingRoom`` of a coordination primitive.
package final class RoomSelectCase<Output>: QueuedSelectCase<Output> {
  private let room: (lock: UnsafeMutablePointer<crv_lock>, queue: UnsafeMutablePointer<WaitQueue>)
  private let amount: () -> Int
  private let attempt: () -> Bool
  private let lost: () -> Void
  private let handler: () async throws -> Output

  /// - Parameters:
  ///   - amount: what the waiter wants, see ``WaitNode/amount``.
  ///   - attempt: commits if it can; called with the lock held.
  ///   - lost: called without the lock when the case had queued and another has won.
  package init(
    _ room: (lock: UnsafeMutablePointer<crv_lock>, queue: UnsafeMutablePointer<WaitQueue>),
    amount: @escaping () -> Int = { 0 }, attempt: @escaping () -> Bool, lost: @escaping () -> Void = {},
    handler: @escaping () async throws -> Output
  ) {
    self.room = room
    self.amount = amount
    self.attempt = attempt
    self.lost = lost
    self.handler = handler
  }

  package override var lock: UnsafeMutablePointer<crv_lock>? { room.lock }
  package override func commitIfReady(wake: inout [Wakeup]) -> Bool { attempt() }
  package override func enqueue(_ state: SelectState, index: Int32) {
    enqueue(state, index: index, in: room.queue) { $0.pointee.amount = amount() }
  }
  package override func conclude(won: Bool) {
    guard node != nil else { return }
    release()
    if !won { lost() }
  }
  package override func finish() async throws -> Output { try await handler() }
}

/// Ready after a time, counted from the start of the select.
public final class After<Output>: SelectCase<Output> {
  private let duration: Duration
  private let handler: () async throws -> Output
  private var timer: (timers: Timers, entry: TimerEntry)?

  /// A case that wins `duration` after the select began to wait, if no other has by then.
  public init(_ duration: Duration, _ handler: @escaping () async throws -> Output) {
    self.duration = duration
    self.handler = handler
  }

  package override func commitIfReady(wake: inout [Wakeup]) -> Bool { duration <= .zero }

  package override func arm(_ state: SelectState, index: Int32) {
    let timers = Timers.current
    let entry = timers.schedule(after: duration.nanoseconds) {
      if state.claimByTimer(index) { state.resume() }
    }
    timer = (timers, entry)
  }

  package override func conclude(won: Bool) {
    if let timer, !won { timer.timers.cancel(timer.entry) }
  }

  package override func finish() async throws -> Output { try await handler() }
}

/// Chosen when no other case is ready: the select then does not wait.
public final class Default<Output>: SelectCase<Output> {
  private let handler: () async throws -> Output

  /// A case for when nothing else is ready.
  public init(_ handler: @escaping () async throws -> Output) { self.handler = handler }

  package override var isDefault: Bool { true }
  package override func finish() async throws -> Output { try await handler() }
}
