import RevoadaScheduling

/// One attempt of a `retry(_:_:)`.
public struct Attempt: Sendable, Equatable {
  /// 1 for the first.
  public let number: Int
  /// Whether the policy allows no further one.
  public let isLast: Bool
}

/// How a retry ended, see ``retryResult(_:_:)``.
public struct Retried<Success> {
  /// The value of the successful attempt, or the error of the last one.
  public let result: Result<Success, any Error>
  /// How many attempts there were; 0 if not even the first could start.
  public let attempts: Int
  /// From the start of the first attempt to the end of the last, pauses included.
  public let duration: Duration
  /// Why there was no further attempt.
  public let end: RetryEnd
}

extension Retried: Sendable where Success: Sendable {}

/// Runs `operation` until it succeeds or `policy` has had enough.
///
/// ```swift
/// let body = try await retry(.exponential(attempts: 5)) { try await fetch(url) }
/// ```
///
/// The operation stays on the caller's executor. Cancelling the task ends a pause at once and no attempt follows. No
/// attempt starts that the `Deadline` in force cannot cover: the last error is thrown instead of
/// waiting in vain. An error that is a ``RetryAfterError`` sets the shortest pause itself.
///
/// Retries inside retries do not multiply: all that happen within the outermost one share as many retries as the
/// most generous of their policies allows (unless ``RetryPolicy/sharesAttempts`` is false).
///
/// - Throws: the error of the last attempt, with a ``PermanentError`` unwrapped; `CancellationError` if the task is
///   cancelled during a pause; `InvalidSetting` or ``NoTimeForAttempt``, and then nothing was tried.
@inlinable
nonisolated(nonsending)
  public func retry<Success>(
    _ policy: RetryPolicy, _ operation: nonisolated(nonsending) () async throws -> Success
  ) async throws -> Success
{
  let run = try RetryRun(policy)
  return try await run.sharing {
    while true {
      do { return try await operation() } catch { try await run.failed(error) }
    }
  }
}

/// Runs `operation`, which is told the number of the attempt, until it succeeds or `policy` has had enough. Otherwise as
/// `retry(_:_:)`.
@inlinable
nonisolated(nonsending)
  public func retry<Success>(
    _ policy: RetryPolicy, _ operation: nonisolated(nonsending) (Attempt) async throws -> Success
  ) async throws -> Success
{
  let run = try RetryRun(policy)
  return try await run.sharing {
    while true {
      do { return try await operation(run.attempt) } catch { try await run.failed(error) }
    }
  }
}

/// Runs `operation` as `retry(_:_:)` does, and tells how many attempts that took; throws nothing.
nonisolated(nonsending)
  public func retryResult<Success>(
    _ policy: RetryPolicy, _ operation: nonisolated(nonsending) (Attempt) async throws -> Success
  ) async -> Retried<Success>
{
  let start = Timers.current.now
  let run: RetryRun
  do { run = try RetryRun(policy) } catch {
    let end = error is NoTimeForAttempt ? RetryEnd.deadline : .notRetryable
    return Retried(result: .failure(error), attempts: 0, duration: .zero, end: end)
  }
  let result: Result<Success, any Error>
  do {
    let value = try await run.sharing {
      while true {
        do { return try await operation(run.attempt) } catch { try await run.failed(error) }
      }
    }
    result = .success(value)
  } catch { result = .failure(error) }
  return Retried(
    result: result, attempts: run.attempts, duration: .nanoseconds(Timers.current.now - start), end: run.end)
}
