import Revoada

/// What the caches of scripts have in common.
class LuaAnyCache: SwiftObject, @unchecked Sendable {
  static let cacheOptions: Set<String> = [
    "ttl", "max", "name", "negative_ttl", "refresh_after", "stale_for", "jitter",
  ]

  static func read(_ call: LuaCall, _ options: LuaOptions) throws -> CacheConfiguration<LuaKey, LuaValue> {
    var configuration = CacheConfiguration<LuaKey, LuaValue>(
      name: try options.text("name"), ttl: try options.duration("ttl"),
      maxEntries: try options.integer("max", in: 1...Int.max))
    configuration.refreshAfter = try options.duration("refresh_after")
    configuration.staleFor = try options.duration("stale_for")
    configuration.jitter = try options.number("jitter", in: 0...1) ?? 0
    if let negative = try options.duration("negative_ttl") {
      configuration.negative = NegativeCaching(ttl: negative, values: \.isNil, errors: { _ in true })
    }
    return configuration
  }
}

extension AnyCache where Value == LuaValue {
  var luaStats: LuaValue {
    let stats = stats
    return .table(
      LuaTable([
        "hits": .count(stats.hits), "misses": .count(stats.misses), "coalesced": .count(stats.coalesced),
        "loads": .count(stats.loads), "load_failures": .count(stats.loadFailures),
        "refreshes": .count(stats.refreshes), "in_flight": .count(stats.inFlight),
        "stored": .count(stats.stored),
        "replaced": .count(stats.replaced), "evicted": .count(stats.evicted),
        "expired": .count(stats.expired),
        "invalidated": .count(stats.invalidated), "entries": .count(stats.entries),
        "hit_ratio": .number(stats.hitRatio),
      ]))
  }
}
