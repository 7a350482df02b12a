import RevoadaScheduling

/// A task that a pool has taken: where its result is awaited.
///
/// The task runs whether or not anybody keeps this handle. Any number of tasks may await the result, any number of times.
public class PoolTask<Output: Sendable>: AnyPoolTask, @unchecked Sendable {
  /// Written once, before the completion; read after it.
  @exclusivity(unchecked) @usableFromInline final var outcome: Result<Output, any Error>?

  @inlinable
  override init(core: PoolCore, isStreamed: Bool) { super.init(core: core, isStreamed: isStreamed) }

  override final func fail(_ error: any Error) { outcome = .failure(error) }

  /// What the task returned. Suspends until it ends.
  ///
  /// Cancelling the waiting task ends the wait, not the pool's task.
  /// - Throws: what the task threw; `TimedOut` if it ran too long; ``PoolError/shutDown(pool:)`` or `CancellationError` if it
  ///   never ran; `CancellationError` if the *waiting* task is cancelled.
  @inlinable
  public final var value: Output {
    get async throws { try await result.get() }
  }

  /// How the task ended. Suspends until it does; a cancelled wait is a failure with `CancellationError`.
  @inlinable
  public final var result: Result<Output, any Error> {
    get async { await hasEnded() ? outcome.unsafelyUnwrapped : .failure(CancellationError()) }
  }
}

/// A task with its input.
@usableFromInline
final class PoolJob<Input: Sendable, Output: Sendable>: PoolTask<Output>, @unchecked Sendable {
  @usableFromInline let input: Input

  @inlinable
  init(_ input: Input, core: PoolCore, isStreamed: Bool) {
    self.input = input
    super.init(core: core, isStreamed: isStreamed)
  }
}
