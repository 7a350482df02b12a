import RevoadaScheduling
import Synchronization

/// One `retry` on its way: everything but the calls of the operation, so that only those depend on its type.
///
/// The outermost one of nested retries holds what they share: the retries that they may make in all. Without that three
/// layers of four attempts each call the innermost operation 64 times. With it the layer that allows most decides: four times.
///
/// The scripting layer, which cannot pass a closure, runs attempts itself and calls ``failed(_:)`` in between.
@usableFromInline
package final class RetryRun: @unchecked Sendable {
  // `progress` and `end` are used by the retry's own task only.

  @TaskLocal private static var inherited: RetryRun?

  @exclusivity(unchecked) private var progress: RetryProgress
  /// Why there was no further attempt.
  @exclusivity(unchecked) private(set) var end = RetryEnd.succeeded
  /// The outermost run, if this one shares attempts with it.
  private let outermost: RetryRun?

  // What an outermost run shares.
  private let allowed: Atomic<Int>
  private let used = Atomic<Int>(0)
  private let hasEnded = Atomic<Bool>(false)

  /// - Throws: `InvalidSetting`, ``NoTimeForAttempt``.
  @usableFromInline
  package init(_ policy: RetryPolicy) throws {
    try policy.validate()
    if policy.attemptTime > .zero, let left = Deadline.current?.remaining, left < policy.attemptTime {
      throw NoTimeForAttempt(needed: policy.attemptTime, remaining: left)
    }
    progress = RetryProgress(policy, start: policy.maxElapsed == nil ? 0 : Timers.current.now)
    allowed = Atomic(policy.attempts - 1)
    // Goroutines that outlive a retry inherit it, but it is over.
    let inherited = policy.sharesAttempts ? Self.inherited : nil
    outermost = inherited.flatMap { $0.hasEnded.load(ordering: .relaxed) ? nil : $0 }
    if let outermost { _ = outermost.allowed.max(policy.attempts - 1, ordering: .relaxed) }
    policy.budget?.deposit()
  }

  /// How many attempts there were.
  var attempts: Int { end == .succeeded ? progress.failures + 1 : progress.failures }

  /// The attempt that is to be made.
  @usableFromInline
  package var attempt: Attempt {
    let number = progress.failures + 1
    return Attempt(number: number, isLast: number == progress.policy.attempts)
  }

  /// Runs `body`; retries inside it share the attempts of this one.
  @usableFromInline
  nonisolated(nonsending)
    func sharing<R>(_ body: nonisolated(nonsending) () async throws -> R) async throws -> R
  {
    if outermost != nil || !progress.policy.sharesAttempts || progress.policy.attempts == 1 {
      return try await body()
    }
    defer { hasEnded.store(true, ordering: .relaxed) }
    return try await Self.$inherited.withValue(self) { try await body() }
  }

  /// Returns when it is time for another attempt.
  /// - Throws: what the retry is to throw, if there is to be none.
  @usableFromInline
  nonisolated(nonsending)
    package func failed(_ thrown: any Error) async throws
  {
    let permanent = thrown as? PermanentError
    let error = permanent?.underlying ?? thrown
    let (policy, isCancelled) = (progress.policy, Task.isCancelled)
    let decision = progress.failed(
      isRetryable: !isCancelled && permanent == nil && policy.retryIf(error),
      after: (error as? any RetryAfterError)?.retryAfter?.nanoseconds,
      now: policy.maxElapsed == nil ? 0 : Timers.current.now,
      remaining: Deadline.current?.remaining.nanoseconds, spend: spend)
    switch decision {
    case .again(let pause):
      policy.instruments?.retrying(after: error, failures: progress.failures, pause: .nanoseconds(pause))
      do { try await sleep(for: .nanoseconds(pause)) } catch {
        end = .cancelled
        throw error
      }
    case .end(let reason):
      end = isCancelled ? .cancelled : reason
      policy.instruments?.gaveUp(after: error, failures: progress.failures, reason: end)
      throw error
    }
  }

  /// Takes a retry from the outermost run and from the policy's budget, or from neither.
  private func spend() -> Bool {
    let shared = outermost ?? self
    if shared.used.add(1, ordering: .relaxed).newValue <= shared.allowed.load(ordering: .relaxed),
      progress.policy.budget?.withdraw() ?? true
    {
      return true
    }
    shared.used.subtract(1, ordering: .relaxed)
    return false
  }
}
