import Revoada

/// `tagged_cache{ttl, max, …}`: a ``TaggedCache``.
final class LuaTaggedCache: LuaAnyCache, @unchecked Sendable {
  private let cache: TaggedCache<LuaKey, LuaValue>

  init(_ call: LuaCall) throws {
    let configuration = try Self.read(call, LuaOptions(call, 1, known: Self.cacheOptions))
    cache = try LuaError.misuse(of: call) { try TaggedCache(configuration) }
    super.init(name: configuration.name)
  }

  static let kind = ObjectKind(
    22, "tagged_cache",
    swift: [
      .waiting("get") { (self: LuaTaggedCache, call) in [self.cache.get(try LuaKey(call, 1)) ?? .nil] },
      // (key, value, ttl, tag…): the prelude takes the list of tags apart.
      .immediate("set_tagged") { (self: LuaTaggedCache, call) in
        let tags = try (4..<max(4, call.arguments.count + 1)).map { try call.string($0).text }
        self.cache.set(try LuaKey(call, 1), call.value(2), tags: tags, ttl: try call.optionalDuration(3))
        return []
      },
      .immediate("invalidate_tag") { (self: LuaTaggedCache, call) in
        self.cache.invalidate(tag: try call.string(1).text)
        return []
      },
      .immediate("invalidate") { (self: LuaTaggedCache, call) in
        self.cache.invalidate(try LuaKey(call, 1))
        return []
      },
      .immediate("invalidate_all") { (self: LuaTaggedCache, _) in
        self.cache.invalidateAll()
        return []
      },
      .immediate("stats") { (self: LuaTaggedCache, _) in [self.cache.luaStats] },
    ])
  override var kind: ObjectKind { Self.kind }
}
