import Revoada

/// `adaptive_limiter{initial, minimum, maximum, max_queue, algorithm, name}`: an ``AdaptiveLimiter``.
final class LuaAdaptiveLimiter: SwiftObject, @unchecked Sendable {
  let limiter: AdaptiveLimiter

  init(_ call: LuaCall) throws {
    let known: Set<String> = ["initial", "minimum", "maximum", "max_queue", "algorithm", "name"]
    let options = try LuaOptions(call, 1, known: known)
    let name = try options.text("name")
    let least = try options.integer("minimum", in: 1...Int.max) ?? 1
    let most = try options.integer("maximum", in: 1...Int.max) ?? max(least, 1_000)
    let algorithm = try options.choice(
      "algorithm", ["gradient": AdaptiveAlgorithm.gradient(), "aimd": .aimd()])
    limiter = AdaptiveLimiter(
      name: name ?? "adaptive limiter", algorithm: algorithm ?? .gradient(),
      initial: try options.integer("initial", in: 1...Int.max) ?? min(max(20, least), most),
      minimum: least, maximum: most, queue: try options.integer("max_queue", in: 0...Int.max) ?? 0)
    super.init(name: name)
    try LuaError.misuse(of: call, limiter.validate)
  }

  static let kind = ObjectKind(
    26, "adaptive_limiter",
    swift: [
      .waiting("execute") { (self: LuaAdaptiveLimiter, call) in
        let body = LuaBody(function: try call.function(1), name: "call of \(self.label)")
        let arguments = Array(call.arguments.dropFirst())
        return try await .flagged { try await self.limiter.execute { try await body(arguments) } }
      },
      .immediate("limit") { (self: LuaAdaptiveLimiter, _) in [.count(self.limiter.limit)] },
      .immediate("stats") { (self: LuaAdaptiveLimiter, _) in
        [.table(self.limiter.stats.luaTable(limit: self.limiter.limit))]
      },
    ])
  override var kind: ObjectKind { Self.kind }
}
