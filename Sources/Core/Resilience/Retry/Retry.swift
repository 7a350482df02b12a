import RevoadaScheduling

/// One attempt of a ``retry(_:_:)-(_,(Attempt)->_)``.
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
/// attempt starts that the ``RevoadaScheduling/Deadline`` in force cannot cover: the last error is thrown instead of
/// waiting in vain. An error that is a ``RetryAfterError`` sets the shortest pause itself.
///
/// Retries inside retries do not multiply: all that happen within the outermost one share as many retries as the
/// most generous of their policies allows (unless ``RetryPolicy/sharesAttempts`` is false).
///
/// - Throws: the error of the last attempt, with a ``PermanentError`` unwrapped; `CancellationError` if the task is
///   cancelled during a pause; ``InvalidSetting`` or ``NoTimeForAttempt``, and then nothing was tried.
@inlinable
nonisolated(nonsending)
  public func retry<Success>(
    _ policy: RetryPolicy, _ operation: nonisolated(nonsending) () async throws -> Success
  ) async throws -> Success
{
  try await retryResult(policy) { _ in try await operation() }.result.get()
}

/// Runs `operation`, which is told the number of the attempt, until it succeeds or `policy` has had enough. Otherwise as
/// ``retry(_:_:)-(_,()->_)``.
@inlinable
nonisolated(nonsending)
  public func retry<Success>(
    _ policy: RetryPolicy, _ operation: nonisolated(nonsending) (Attempt) async throws -> Success
  ) async throws -> Success
{
  try await retryResult(policy, operation).result.get()
}

/// Runs `operation` as ``retry(_:_:)-(_,()->_)`` does, and tells how many attempts that took; throws nothing.
nonisolated(nonsending)
  public func retryResult<Success>(
    _ policy: RetryPolicy, _ operation: nonisolated(nonsending) (Attempt) async throws -> Success
  ) async -> Retried<Success>
{
  let start = Timers.current.now
  func ended(_ result: Result<Success, any Error>, _ attempts: Int, _ end: RetryEnd) -> Retried<Success> {
    Retried(
      result: result, attempts: attempts, duration: .nanoseconds(Timers.current.now - start), end: end)
  }
  do { try policy.validate() } catch { return ended(.failure(error), 0, .notRetryable) }
  if policy.attemptTime > .zero, let left = Deadline.current?.remaining, left < policy.attemptTime {
    let error = NoTimeForAttempt(needed: policy.attemptTime, remaining: left)
    return ended(.failure(error), 0, .deadline)
  }
  policy.budget?.deposit()
  return await RetryNest.enter(policy) { nest in
    var progress = RetryProgress(policy, start: start)
    while true {
      let number = progress.failures + 1
      do {
        let attempt = Attempt(number: number, isLast: number == policy.attempts)
        return ended(.success(try await operation(attempt)), number, .succeeded)
      } catch let thrown {
        let permanent = thrown as? PermanentError
        let error = permanent?.underlying ?? thrown
        if Task.isCancelled { return ended(.failure(error), number, .cancelled) }
        let decision = progress.failed(
          isRetryable: permanent == nil && policy.retryIf(error),
          after: (error as? any RetryAfterError)?.retryAfter?.nanoseconds,
          now: Timers.current.now, remaining: Deadline.current?.remaining.nanoseconds,
          spend: { spend(nest, policy.budget) })
        switch decision {
        case .end(let reason):
          policy.instruments?.gaveUp(after: error, failures: number, reason: reason)
          return ended(.failure(error), number, reason)
        case .again(let pause):
          policy.instruments?.retrying(after: error, failures: number, pause: .nanoseconds(pause))
          do { try await sleep(for: .nanoseconds(pause)) } catch {
            return ended(.failure(error), number, .cancelled)
          }
        }
      }
    }
  }
}

/// Takes one retry from the retries around this one and from the policy's budget, or from neither.
private func spend(_ nest: RetryNest?, _ budget: RetryBudget?) -> Bool {
  if let nest, !nest.spend() { return false }
  if let budget, !budget.withdraw() {
    nest?.giveBack()
    return false
  }
  return true
}
