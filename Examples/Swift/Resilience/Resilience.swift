import Revoada

/// A shop asks a payment service that is down for a while: retries, a breaker, a bulkhead and a rate keep it usable. The breaker logs its
/// changes of state.
@main
struct ResilienceExample {
  struct ServiceDown: Error {}

  /// Fails from its 20th call to its 29th.
  static func pay(_ order: Int, calls: AtomicInteger) async throws -> String {
    try await sleep(for: .milliseconds(2))
    if (20..<30).contains(calls.add(1)) { throw ServiceDown() }
    return "order \(order) is paid"
  }

  static func main() async throws {
    Scheduler.installGlobally(workers: 2)
    try await spawn { try await trade() }.value
  }

  static func trade() async throws {
    let breaker = CircuitBreaker(
      name: "payments", threshold: 5, openFor: .milliseconds(50), halfOpenProbes: 2)
    let places = Bulkhead(name: "payments", limit: 8, queue: 200)
    let rate = RateLimiter(name: "payments", rate: 400, per: .seconds(1), burst: 20)
    let payments = Policy {
      Timeout(.seconds(1))
      RateLimit(rate)
      Retry(.exponential(attempts: 6, initial: .milliseconds(10), max: .milliseconds(200)))
      Breaker(breaker)
      Isolation(places)
      Timeout(.milliseconds(50))
    }
    try payments.validate()

    let (calls, paid, failed) = (AtomicInteger(), AtomicInteger(), AtomicInteger())
    try await withScope { scope in
      for order in 1...200 {
        scope.spawn {
          do {
            _ = try await payments.run { try await pay(order, calls: calls) }
            paid.add(1)
          } catch { failed.add(1) }
        }
      }
    }
    print("\(paid.load()) orders paid, \(failed.load()) failed, with \(calls.load()) calls")
    print("breaker: \(breaker.stats.refused) calls refused, \(breaker.stats.failures) failures")
    print("rate limiter: \(rate.stats.granted) let through; bulkhead: \(places.stats.completed) completed")
  }
}
