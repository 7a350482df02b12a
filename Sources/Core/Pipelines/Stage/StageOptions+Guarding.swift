import RevoadaResilience
import RevoadaScheduling

/// A stage failed on an element after several attempts.
struct TriedInVain: Error {
  let error: any Error
  let attempts: Int
}

extension StageOptions {
  /// Whether there is nothing to put around what the stage does.
  @usableFromInline
  var isPlain: Bool { retry == nil && rateLimit == nil && timeout == nil }

  /// Puts retry around rate limit around timeout around what a stage does: every attempt needs a permit, and has the whole
  /// time.
  @usableFromInline
  func guarding<Input: Sendable, Output: Sendable>(
    _ body: nonisolated(nonsending) @escaping @Sendable (Input) async throws -> Output
  ) -> nonisolated(nonsending) @Sendable (Input) async throws -> Output {
    let (rateLimit, timeout) = (rateLimit, timeout)
    let attempt: nonisolated(nonsending) @Sendable (Input) async throws -> Output = { element in
      try await rateLimit?.acquire()
      guard let timeout else { return try await body(element) }
      return try await withTimeout(timeout) { try await body(element) }
    }
    guard let retry else { return attempt }
    return { element in
      let retried = await retryResult(retry) { _ in try await attempt(element) }
      switch retried.result {
      case .success(let output): return output
      case .failure(let error): throw TriedInVain(error: error, attempts: retried.attempts)
      }
    }
  }
}
