import RevoadaScheduling
import Synchronization

/// Runs an action once, however many tasks ask for it; the others wait for it to end, as Go's `sync.Once`.
///
/// An action that throws has run: the error goes to the task that ran it, and later calls do nothing.
public final class Once: Sendable {
  private let claimed = Atomic<Bool>(false)
  private let done = Completion()

  /// Creates a `Once` that has not run.
  public init() {}

  /// Whether the action has ended.
  public var isDone: Bool { done.isDone }

  /// Runs `action` in the calling task if no call has done so before; otherwise suspends until that call has ended.
  /// - Throws: what `action` throws; `CancellationError` if the task is cancelled while it waits for another's call.
  nonisolated(nonsending)
    public func call(_ action: nonisolated(nonsending) () async throws -> Void) async throws
  {
    if done.isDone { return }
    if claimed.exchange(true, ordering: .acquiringAndReleasing) {
      if await done.wait(WaitAbout(.once)) == .cancelled { throw CancellationError() }
      return
    }
    defer { done.complete() }
    try await action()
  }

  /// The same for a plain thread, which blocks while another runs the action.
  public func callBlocking(_ action: () throws -> Void) rethrows {
    if done.isDone { return }
    if claimed.exchange(true, ordering: .acquiringAndReleasing) { return done.waitBlocking() }
    defer { done.complete() }
    try action()
  }
}
