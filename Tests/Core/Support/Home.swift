import Revoada

/// Where code waits: the library takes another path in goroutines than in other tasks.
package enum Home: CaseIterable, Sendable {
  case goroutine
  case childTask

  /// Runs `body` in a simulation; once everybody waits, runs `first` and cancels `body` in one step, then waits for it to end.
  package func cancelling<T: Sendable>(
    after first: @Sendable () -> Void = {}, _ body: @escaping @Sendable () async throws -> T
  ) async throws -> Result<T, any Error> {
    switch self {
    case .goroutine:
      let goroutine = spawn(body)
      try await settle()
      first()
      goroutine.cancel()
      return await goroutine.result
    case .childTask:
      return try await withThrowingTaskGroup(of: Result<T, any Error>.self) { group in
        group.addTask {
          do { return .success(try await body()) } catch { return .failure(error) }
        }
        try await settle()
        first()
        group.cancelAll()
        return try await group.next()!
      }
    }
  }
}

extension Result {
  /// Whether this is how a cancelled wait ends.
  package var isCancellation: Bool {
    if case .failure(let error) = self { return error is CancellationError }
    return false
  }
}
