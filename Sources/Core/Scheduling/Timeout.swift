import Synchronization

/// An operation did not end within its time.
public struct TimedOut: Error, Sendable, Equatable, CustomStringConvertible {
  /// The time it was given.
  public let limit: Duration
  /// Creates the error for a limit.
  public init(limit: Duration) { self.limit = limit }
  /// A sentence for people.
  public var description: String { "timed out after \(limit)" }
}

/// Runs `body`, and cancels it when it has not ended within `limit`.
///
/// `withTimeout` returns when the body has ended, in any case: nothing goes on behind its back. A body that ignores its
/// cancellation is therefore waited for.
///
/// - Throws: ``TimedOut`` if the time is over first and the body fails because of that; otherwise what the body throws. A body
///   that returns in spite of its cancellation has its value returned.
public func withTimeout<Success: Sendable>(
  _ limit: Duration, _ body: sending @escaping () async throws -> Success
) async throws -> Success {
  try await runLimited(limit, body)
}

/// Runs `body`, and cancels it when it has not ended at `deadline`. Otherwise as ``withTimeout(_:_:)``.
public func withDeadline<Success: Sendable>(
  _ deadline: ContinuousClock.Instant, _ body: sending @escaping () async throws -> Success
) async throws -> Success {
  try await runLimited(ContinuousClock.now.duration(to: deadline), body)
}

/// Runs the body in a goroutine of its own, with a timer that cancels it.
private func runLimited<Success: Sendable>(
  _ limit: Duration, _ body: sending @escaping () async throws -> Success
) async throws -> Success {
  let timers = Timers.current
  let (time, overflow) = timers.now.addingReportingOverflow(max(0, limit.nanoseconds))
  let deadline = Deadline(at: overflow ? .max : time, by: timers)
  let body = UncheckedTransfer(body)
  let goroutine = deadline.binding { spawn(body.value) }
  let entry = timers.schedule(at: deadline.time) {
    deadline.hasPassed.store(true, ordering: .releasing)
    goroutine.cancel()
  }
  // Cancelling the caller cancels the body, whose end is waited for.
  let result = await withTaskCancellationHandler {
    await goroutine.ending
  } onCancel: {
    goroutine.cancel()
  }
  timers.cancel(entry)
  deadline.end()
  if case .failure = result, deadline.hasPassed.load(ordering: .acquiring) { throw TimedOut(limit: limit) }
  return try result.get()
}
