import RevoadaScheduling

/// Why there was no further attempt.
public enum RetryEnd: String, Sendable, Equatable {
  /// An attempt succeeded.
  case succeeded
  /// All attempts of the policy are used up.
  case attemptsUsedUp = "attempts used up"
  /// The error was a ``PermanentError``, or one that the policy does not retry.
  case notRetryable = "not retryable"
  /// The policy's ``RetryPolicy/maxElapsed`` would have passed.
  case elapsed = "time limit"
  /// The `Deadline` in force leaves no time for the pause and an attempt.
  case deadline
  /// The ``RetryBudget`` is spent, or the retries around this one have used up the attempts.
  case budget
  /// The task was cancelled.
  case cancelled
}

/// The decisions of one `retry`, apart from waiting: times come in, what to do comes out.
struct RetryProgress {
  let policy: RetryPolicy
  private let start: Int64
  private(set) var failures = 0
  private var lastPause: Int64 = 0

  /// What to do after a failure.
  enum Decision: Equatable {
    /// Pause for so many nanoseconds, then try again.
    case again(pause: Int64)
    case end(RetryEnd)
  }

  init(_ policy: RetryPolicy, start: Int64) {
    self.policy = policy
    self.start = start
  }

  /// Takes note of a failed attempt.
  ///
  /// - Parameters:
  ///   - isRetryable: whether another attempt could mend it.
  ///   - after: the time that the error asks for.
  ///   - now: the time of the failure.
  ///   - remaining: what the deadline leaves; nil without one.
  ///   - spend: takes one retry from the budgets; asked last, so that nothing is taken in vain.
  mutating func failed(
    isRetryable: Bool, after: Int64?, now: Int64, remaining: Int64?, spend: () -> Bool
  ) -> Decision {
    failures += 1
    if !isRetryable { return .end(.notRetryable) }
    if failures >= policy.attempts { return .end(.attemptsUsedUp) }
    lastPause = policy.pause(afterFailure: failures, last: lastPause)
    let pause = max(lastPause, after ?? 0)
    if let limit = policy.maxElapsed?.nanoseconds, pause > limit - (now - start) { return .end(.elapsed) }
    // A pause that ends with the deadline leaves no time for an attempt.
    if let remaining, pause >= remaining - policy.attemptTime.nanoseconds { return .end(.deadline) }
    return spend() ? .again(pause: pause) : .end(.budget)
  }
}
