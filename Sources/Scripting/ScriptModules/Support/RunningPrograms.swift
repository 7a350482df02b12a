import Synchronization

/// Counts the programs that scripts have started, so that the process does not end before them.
final class RunningPrograms: Sendable {
  static let shared = RunningPrograms()

  private struct State {
    var count = 0
    var waiters: [UnsafeContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  /// Runs `body`, which starts a program and returns after its end.
  func during<T>(_ body: () async throws -> T) async rethrows -> T {
    state.withLock { $0.count += 1 }
    defer {
      let waiters = state.withLock { state in
        state.count -= 1
        guard state.count == 0 else { return [UnsafeContinuation<Void, Never>]() }
        defer { state.waiters = [] }
        return state.waiters
      }
      for waiter in waiters { waiter.resume() }
    }
    return try await body()
  }

  /// Waits until none runs.
  func ended() async {
    await withUnsafeContinuation { continuation in
      let isOver = state.withLock { state in
        if state.count > 0 { state.waiters.append(continuation) }
        return state.count == 0
      }
      if isOver { continuation.resume() }
    }
  }
}
