import Revoada
import RowKit

/// limiter tryAcquire: one goroutine takes n tokens, one at a time, from a bucket that always has some (a
/// thousand million a second, and as many saved up).
@Sendable func limiterTryAcquire(_ n: Int) async throws {
  let limiter = RateLimiter(rate: 1e9, per: .seconds(1), burst: 1_000_000_000)
  var taken = 0
  for _ in 0..<n where limiter.tryAcquire() { taken += 1 }
  try expect("tokens", taken, n)
}

/// breaker call: one goroutine calls n times, through a closed breaker that opens after five failures in a
/// row, a function that returns a number.
@Sendable func breakerCall(_ n: Int) async throws {
  let breaker = CircuitBreaker(name: "service", threshold: 5)
  var sum = 0
  for i in 0..<n { sum += try await breaker.call { i } }
  try expect("sum of results", sum, n * (n - 1) / 2)
}

/// bulkhead execute: one goroutine calls n times, through a bulkhead of ten places that has room, a function
/// that returns a number.
@Sendable func bulkheadExecute(_ n: Int) async throws {
  let bulkhead = Bulkhead(name: "service", limit: 10, queue: 100)
  var sum = 0
  for i in 0..<n { sum += try await bulkhead.execute { i } }
  try expect("sum of results", sum, n * (n - 1) / 2)
}
