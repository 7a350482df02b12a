import Synchronization

/// What a retry and those inside it share: the retries that they may make in all.
///
/// Without it three layers of four attempts each call the innermost operation 64 times. With it the layer that allows most
/// decides: four times.
final class RetryNest: Sendable {
  @TaskLocal private static var inherited: RetryNest?

  private let allowed: Atomic<Int>
  private let used = Atomic<Int>(0)
  private let hasEnded = Atomic<Bool>(false)

  private init(_ retries: Int) { allowed = Atomic(retries) }

  /// Runs `body` as a part of the retry around it, or else as the outermost one.
  nonisolated(nonsending)
    static func enter<R>(
      _ policy: RetryPolicy, _ body: nonisolated(nonsending) (RetryNest?) async -> R
    ) async -> R
  {
    if !policy.sharesAttempts || policy.attempts <= 1 { return await body(nil) }
    let retries = policy.attempts - 1
    // Goroutines that outlive a retry inherit it, but it is over.
    if let nest = inherited, !nest.hasEnded.load(ordering: .relaxed) {
      _ = nest.allowed.max(retries, ordering: .relaxed)
      return await body(nest)
    }
    let nest = RetryNest(retries)
    defer { nest.hasEnded.store(true, ordering: .relaxed) }
    return await $inherited.withValue(nest) { await body(nest) }
  }

  /// Takes one of the retries; false if none is left.
  func spend() -> Bool {
    if used.add(1, ordering: .relaxed).newValue <= allowed.load(ordering: .relaxed) { return true }
    used.subtract(1, ordering: .relaxed)
    return false
  }

  /// Gives one back that was not made after all.
  func giveBack() { used.subtract(1, ordering: .relaxed) }
}
