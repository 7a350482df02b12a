import RevoadaChannels
import RevoadaScheduling

/// Starts `operation`, and starts it again when it has not succeeded after a while; the first success counts.
///
/// ```swift
/// let page = try await hedge(after: .milliseconds(50)) { try await fetch(url) }
/// ```
///
/// For operations that may run twice and are slow now and then: with a delay near the 95th percentile of their
/// duration, a twentieth of more work cuts off the tail. (Dean and Barroso, "The Tail at Scale", 2013.) An attempt that fails
/// lets the next one start at once; a ``PermanentError`` ends it all. When one succeeds the others are cancelled, and
/// waited for: nothing goes on behind your back.
///
/// - Parameters:
///   - delay: how long to wait for an attempt before the next one starts.
///   - attempts: how many there are at most, the first included.
///   - budget: what further attempts are taken from; nil for no limit.
///   - operation: each attempt runs it in a goroutine of its own.
/// - Returns: the first value.
/// - Throws: the last error if all attempts fail; `CancellationError`, and then all attempts are cancelled;
///   `InvalidSetting`, and then nothing was started.
public func hedge<Success: Sendable>(
  after delay: Duration, attempts: Int = 2, budget: RetryBudget? = nil,
  _ operation: @escaping @Sendable () async throws -> Success
) async throws -> Success {
  try checkHedge(delay, attempts)
  try budget?.validate()
  budget?.deposit()
  let ended = Channel<Result<Success, any Error>>(capacity: attempts)
  var winner: Success?
  do {
    try await withScope { scope in
      var (started, failed, limit) = (0, 0, attempts)
      func start() {
        if started > 0, budget?.withdraw() == false {
          limit = started
          return
        }
        started += 1
        scope.spawn(name: "hedge") {
          do { _ = ended.trySend(.success(try await operation())) } catch {
            _ = ended.trySend(.failure(error))
          }
        }
      }
      start()
      while winner == nil {
        let next: Result<Success, any Error>? = try await select(.biased) {
          Receive(ended) { $0 }
          if started < limit { After(delay) { nil } }
        }
        switch next {
        case nil: start()
        case .success(let value): winner = value
        case .failure(let error):
          if let permanent = error as? PermanentError { throw permanent.underlying }
          failed += 1
          if started < limit { start() }
          if failed == started { throw error }
        }
      }
      scope.cancel()
    }
  } catch {
    // A success that came before the cancellation of the caller counts.
    if winner == nil { throw error }
  }
  return winner!
}

func checkHedge(_ delay: Duration, _ attempts: Int) throws(InvalidSetting) {
  var check = SettingsCheck("hedge")
  check.require(delay >= .zero, "delay", delay, "zero or more")
  check.require(attempts >= 1 && attempts <= 1_000, "attempts", attempts, "from 1 to 1000")
  try check.end()
}
