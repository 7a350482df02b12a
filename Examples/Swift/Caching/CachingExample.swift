import Revoada

/// Prices come from a slow service: many requests share one look-up, and a change of prices is seen at once.
@main
struct CachingExample {
  static func main() async throws {
    Scheduler.installGlobally(workers: 2)
    let lookups = AtomicInteger()
    let prices = CoalescingCache<String, Int>(ttl: .seconds(60), maxEntries: 1_000) { product in
      lookups.add(1)
      try await sleep(for: .milliseconds(50))  // the slow service
      return product.count * 100
    }

    let requests = (0..<1_000).map { _ in spawn { try await prices.get("coffee") } }
    for request in requests { _ = try await request.value }
    print("1,000 requests, \(lookups.load()) look-up")

    prices.invalidate("coffee")
    let price = try await prices.get("coffee")
    print("after a change of price: \(price), \(lookups.load()) look-ups")
    print("hits \(prices.stats.hits), misses \(prices.stats.misses), joined \(prices.stats.coalesced)")
  }
}
