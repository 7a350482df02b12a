import RevoadaScheduling
import Synchronization

/// Whether the session that uses a connection at present has been cancelled.
///
/// Each session has a number, so that a cancellation that comes late never hits the next one.
final class Interruption: Sendable {
  private struct State {
    var session: UInt64 = 0
    var isRunning = false
    var isCancelled = false
  }
  private let state = Guarded(State())
  /// The same as in `state`, for those who look often.
  private let flag = Atomic<Bool>(false)

  /// Whether statements must stop.
  var isCancelled: Bool { flag.load(ordering: .acquiring) }

  /// Starts a session.
  func begin() -> UInt64 {
    state.withLock { state in
      state.session += 1
      state.isRunning = true
      state.isCancelled = false
      flag.store(false, ordering: .releasing)
      return state.session
    }
  }

  /// Ends a session.
  /// - Returns: whether it was cancelled.
  func end() -> Bool {
    state.withLock { state in
      state.isRunning = false
      return state.isCancelled
    }
  }

  /// Cancels a session if it still runs; `stop` is called once, under the lock, so that the connection stays this session's meanwhile.
  func cancel(_ session: UInt64, _ stop: () -> Void) {
    state.withLock { state in
      guard state.isRunning, state.session == session, !state.isCancelled else { return }
      state.isCancelled = true
      flag.store(true, ordering: .releasing)
      stop()
    }
  }

  /// Calls `body`, under the lock, if the session has not ended.
  /// - Returns: whether it was called.
  @discardableResult
  func whileRunning(_ session: UInt64, _ body: () -> Void) -> Bool {
    state.withLock { state in
      guard state.isRunning, state.session == session else { return false }
      body()
      return true
    }
  }
}
