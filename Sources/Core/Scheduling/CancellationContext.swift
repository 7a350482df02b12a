/// A tree of cancellation, apart from tasks, as Go's `context.Context`: cancelling a context cancels all below it.
///
/// ```swift
/// let request = CancellationContext()
/// let lookup = request.child(timeout: .seconds(2))
/// try await lookup.run { try await query() }  // cancelled by lookup's timeout or by request.cancel()
/// ```
public final class CancellationContext: Sendable {
  /// Why a context was cancelled.
  public enum Reason: Sendable, Equatable {
    /// ``CancellationContext/cancel()`` was called on it or above it.
    case cancelled
    /// Its deadline, or one above it, has passed.
    case deadlineExceeded
  }

  private struct State {
    var reason: Reason?
    var children: [ObjectIdentifier: CancellationContext] = [:]
    var handlers: [UInt64: @Sendable (Reason) -> Void] = [:]
    var lastHandler: UInt64 = 0
    var timer: TimerEntry?
  }
  private let state = Guarded(State())
  private let parent: CancellationContext?
  private let timers: Timers
  /// When the context is cancelled by itself, in nanoseconds of its timers; nil without a deadline.
  private let deadlineTime: Int64?

  /// Creates a root.
  public convenience init() { self.init(parent: nil, deadline: nil) }

  private init(parent: CancellationContext?, deadline: Int64?) {
    self.parent = parent
    timers = parent?.timers ?? .current
    deadlineTime = [parent?.deadlineTime, deadline].compactMap(\.self).min()
  }

  /// A context that is cancelled with this one, or by itself after `timeout`. A parent's earlier deadline stays in force.
  ///
  /// The parent keeps its children until they are cancelled: cancel those that are no longer needed.
  public func child(timeout: Duration? = nil) -> CancellationContext {
    let deadline = timeout.map { timers.now.addingReportingOverflow($0.nanoseconds) }
    let child = CancellationContext(
      parent: self, deadline: deadline.map { $0.overflow ? .max : $0.partialValue })
    child.attach(hasOwnDeadline: timeout != nil)
    return child
  }

  private func attach(hasOwnDeadline: Bool) {
    let inherited = parent?.state.withLock { state -> Reason? in
      if state.reason == nil { state.children[ObjectIdentifier(self)] = self }
      return state.reason
    }
    if let reason = inherited ?? nil { return cancel(reason) }
    guard hasOwnDeadline, let deadlineTime else { return }
    let timer = timers.schedule(at: deadlineTime) { [weak self] in self?.cancel(.deadlineExceeded) }
    let isLate = state.withLock { state in
      state.timer = timer
      return state.reason != nil
    }
    if isLate { timers.cancel(timer) }
  }

  /// Why the context is cancelled; nil while it is not.
  public var reason: Reason? { state.withLock { $0.reason } }
  /// Whether the context is cancelled.
  public var isCancelled: Bool { reason != nil }
  /// The time left until the deadline, not below zero; nil without a deadline.
  public var remaining: Duration? { deadlineTime.map { .nanoseconds(max(0, $0 - timers.now)) } }

  /// Cancels this context and all below it. Later calls do nothing.
  public func cancel() { cancel(.cancelled) }

  private func cancel(_ reason: Reason) {
    let taken = state.withLock { state -> State? in
      if state.reason != nil { return nil }
      let taken = state
      state = State(reason: reason)
      return taken
    }
    guard let taken else { return }
    if let timer = taken.timer { timers.cancel(timer) }
    _ = parent?.state.withLock { $0.children.removeValue(forKey: ObjectIdentifier(self)) }
    for handler in taken.handlers.values { handler(reason) }
    for child in taken.children.values { child.cancel(reason) }
  }

  /// Calls `handler` when the context is cancelled, at once if it is already. It runs on the cancelling thread and must not
  /// block.
  /// - Returns: a token for ``removeHandler(_:)``.
  @discardableResult
  public func onCancel(_ handler: @escaping @Sendable (Reason) -> Void) -> UInt64 {
    let (token, reason) = state.withLock { state -> (UInt64, Reason?) in
      if let reason = state.reason { return (0, reason) }
      state.lastHandler += 1
      state.handlers[state.lastHandler] = handler
      return (state.lastHandler, nil)
    }
    if let reason { handler(reason) }
    return token
  }

  /// Removes a handler that has not been called.
  public func removeHandler(_ token: UInt64) { _ = state.withLock { $0.handlers.removeValue(forKey: token) } }

  /// Runs `body` and cancels it when the context, or the calling task, is cancelled. Waits for it to end.
  /// - Throws: ``ContextCancelled`` if the context was cancelled and the body failed; otherwise what `body` throws.
  @discardableResult
  public func run<Success: Sendable>(_ body: sending @escaping () async throws -> Success) async throws
    -> Success
  {
    if let reason { throw ContextCancelled(reason: reason) }
    let body = UncheckedTransfer(body)
    let deadline = deadlineTime.map { Deadline(at: $0, by: timers) }
    defer { deadline?.end() }
    var started: Goroutine<Success>?
    deadline?.bind { started = spawn(body.value) }
    let goroutine = started ?? spawn(body.value)
    let token = onCancel { _ in goroutine.cancel() }
    defer { removeHandler(token) }
    let result = await withTaskCancellationHandler {
      await goroutine.ending
    } onCancel: {
      goroutine.cancel()
    }
    if case .failure = result, let reason { throw ContextCancelled(reason: reason) }
    return try result.get()
  }
}

/// Work was ended because its ``CancellationContext`` was cancelled.
public struct ContextCancelled: Error, Sendable, Equatable, CustomStringConvertible {
  /// Why the context was cancelled.
  public let reason: CancellationContext.Reason
  /// A sentence for people.
  public var description: String {
    reason == .cancelled ? "the context was cancelled" : "the context's deadline was exceeded"
  }
}
