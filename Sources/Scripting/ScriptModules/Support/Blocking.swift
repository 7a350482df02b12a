import Dispatch

/// Runs blocking calls away from the scheduler's workers, which must never wait for a disk.
enum Blocking {
  /// Runs `body` on a thread that may block.
  ///
  /// Cancellation does not interrupt it: a file operation half done helps nobody.
  static func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withUnsafeThrowingContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(with: Result(catching: body)) }
    }
  }
}
