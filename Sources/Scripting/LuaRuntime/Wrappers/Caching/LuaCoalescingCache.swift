import Revoada

/// `coalescing_cache{ttl, loader, max, …}`: a ``CoalescingCache``.
final class LuaCoalescingCache: LuaAnyCache, @unchecked Sendable {
  let cache: CoalescingCache<LuaKey, LuaValue>

  init(_ call: LuaCall) throws {
    let options = try LuaOptions(call, 1, known: Self.cacheOptions.union(["loader"]))
    guard let loader = try options.function("loader") else { throw options.missing("loader", "function") }
    let configuration = try Self.read(call, options)
    let label = configuration.name.map { "coalescing_cache \"\($0)\"" } ?? "a coalescing_cache"
    let body = LuaBody(function: loader, name: "loader of \(label)")
    cache = try LuaError.misuse(of: call) {
      try CoalescingCache(configuration) { key in try await body([key.value]).first ?? .nil }
    }
    super.init(name: configuration.name)
  }

  static let kind = ObjectKind(
    20, "coalescing_cache",
    swift: [
      .waiting("get") { (self: LuaCoalescingCache, call) in
        let key = try LuaKey(call, 1)
        guard let loader = try call.optionalFunction(2) else {
          return try await .orNil { [try await self.cache.get(key)] }
        }
        let body = LuaBody(function: loader, name: "loader of \(self.label)")
        return try await .orNil {
          [try await self.cache.get(key) { try await body([key.value]).first ?? .nil }]
        }
      },
      .waiting("peek") { (self: LuaCoalescingCache, call) in [self.cache.peek(try LuaKey(call, 1)) ?? .nil] },
      .immediate("set") { (self: LuaCoalescingCache, call) in
        self.cache.set(try LuaKey(call, 1), call.value(2), ttl: try call.optionalDuration(3))
        return []
      },
      .immediate("invalidate") { (self: LuaCoalescingCache, call) in
        self.cache.invalidate(try LuaKey(call, 1))
        return []
      },
      .immediate("invalidate_all") { (self: LuaCoalescingCache, _) in
        self.cache.invalidateAll()
        return []
      },
      .immediate("stats") { (self: LuaCoalescingCache, _) in [self.cache.luaStats] },
    ])
  override var kind: ObjectKind { Self.kind }
}
