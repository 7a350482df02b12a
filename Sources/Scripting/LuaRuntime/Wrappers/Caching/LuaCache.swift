import Revoada

/// `cache{ttl, max, …}`: a ``Cache``.
final class LuaCache: LuaAnyCache, @unchecked Sendable {
  private let cache: Cache<LuaKey, LuaValue>

  init(_ call: LuaCall) throws {
    let configuration = try Self.read(call, LuaOptions(call, 1, known: Self.cacheOptions))
    cache = try LuaError.misuse(of: call) { try Cache(configuration) }
    super.init(name: configuration.name)
  }

  static let kind = ObjectKind(
    21, "cache",
    swift: [
      .waiting("get") { (self: LuaCache, call) in
        let key = try LuaKey(call, 1)
        guard let loader = try call.optionalFunction(2) else { return [self.cache.get(key) ?? .nil] }
        let body = LuaBody(function: loader, name: "loader of \(self.label)")
        return try await .orNil {
          [try await self.cache.get(key) { try await body([key.value]).first ?? .nil }]
        }
      },
      .immediate("set") { (self: LuaCache, call) in
        self.cache.set(try LuaKey(call, 1), call.value(2), ttl: try call.optionalDuration(3))
        return []
      },
      .immediate("invalidate") { (self: LuaCache, call) in
        self.cache.invalidate(try LuaKey(call, 1))
        return []
      },
      .immediate("invalidate_all") { (self: LuaCache, _) in
        self.cache.invalidateAll()
        return []
      },
      .immediate("stats") { (self: LuaCache, _) in [self.cache.luaStats] },
    ])
  override var kind: ObjectKind { Self.kind }
}
