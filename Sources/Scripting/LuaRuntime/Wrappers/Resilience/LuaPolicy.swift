import Revoada

/// `policy{layer, …}`: layers of the kinds that a ``Policy`` takes, and fallbacks, the outermost first.
///
/// Fields beside or instead of a list of layers stand for layers in the order of ``LuaPolicyLayer/order``.
final class LuaPolicy: SwiftObject, @unchecked Sendable {
  private let layers: [LuaPolicyLayer]

  init(_ call: LuaCall) throws {
    let known = LuaPolicyLayer.options
    let options = try LuaOptions(call, 1, known: known.union(["name"]), mayBeList: true)
    let listed = try options.elements("layer", known: known).enumerated().map { number, element in
      let layers = try LuaError.misuse(of: call) { try LuaPolicyLayer.layers(element) }
      if layers.count != 1 {
        throw call.argumentError(1, "layer \(number + 1): exactly one of \(LuaPolicyLayer.list) expected")
      }
      return layers[0]
    }
    let named = try LuaError.misuse(of: call) { try LuaPolicyLayer.layers(options) }
    if !listed.isEmpty, !named.isEmpty {
      throw call.argumentError(1, "layers expected in a list, or by name, not both")
    }
    layers = listed + named
    if layers.isEmpty { throw call.argumentError(1, "at least one of \(LuaPolicyLayer.list) expected") }
    super.init(name: try options.text("name"))
  }

  static let kind = ObjectKind(
    27, "policy",
    swift: [
      .waiting("execute") { (self: LuaPolicy, call) in
        let body = LuaBody(function: try call.function(1), name: "call of \(self.label)")
        let arguments = Array(call.arguments.dropFirst())
        return try await .flagged { try await self.run { try await body(arguments) } }
      }
    ])
  override var kind: ObjectKind { Self.kind }

  func run(_ operation: @escaping LuaPolicyLayer.Operation) async throws -> [LuaValue] {
    let whole = layers.reversed().reduce(operation) { inner, layer in { try await layer.run(inner) } }
    return try await whole()
  }
}

/// One way to protect a call.
struct LuaPolicyLayer: Sendable {
  typealias Operation = @Sendable () async throws -> [LuaValue]
  let run: @Sendable (@escaping Operation) async throws -> [LuaValue]

  private init(_ run: @escaping @Sendable (@escaping Operation) async throws -> [LuaValue]) { self.run = run }
  private init(_ layer: some PolicyLayer) throws {
    try layer.validate()
    run = { try await layer.run($0) }
  }

  /// From the outside to the inside, where layers are given by name.
  static let order = [
    "fallback", "policy", "retry", "breaker", "limiter", "bulkhead", "adaptive", "timeout", "hedge",
  ]
  /// What belongs to one of them.
  private static let details: Set<String> = ["partition", "permits"]
  static let options = details.union(order)
  static let list = order.map { "'\($0)'" }.joined(separator: ", ")

  /// The layers that `options` names, in the fixed order.
  static func layers(_ options: LuaOptions) throws -> [LuaPolicyLayer] {
    try order.compactMap { name in options.value(name).isNil ? nil : try layer(name, options) }
  }

  private static func layer(_ name: String, _ options: LuaOptions) throws -> LuaPolicyLayer? {
    switch name {
    case "fallback": try options.function(name).map(fallback)
    case "policy":
      try options.object(name, LuaPolicy.self, LuaPolicy.kind).map { policy in
        LuaPolicyLayer { try await policy.run($0) }
      }
    case "retry":
      try options.options(name, known: RetryPolicy.luaOptions).map {
        try LuaPolicyLayer(Retry(try RetryPolicy($0)))
      }
    case "breaker":
      try options.object(name, LuaCircuitBreaker.self, LuaCircuitBreaker.kind).map {
        try LuaPolicyLayer(Breaker($0.breaker))
      }
    case "limiter":
      try options.object(name, LuaRateLimiter.self, LuaRateLimiter.kind).map {
        try LuaPolicyLayer(RateLimit($0.limiter, count: try options.integer("permits", in: 1...Int.max) ?? 1))
      }
    case "bulkhead":
      try options.object(name, LuaBulkhead.self, LuaBulkhead.kind).map {
        try LuaPolicyLayer(Isolation(try partition($0, options)))
      }
    case "adaptive":
      try options.object(name, LuaAdaptiveLimiter.self, LuaAdaptiveLimiter.kind).map {
        try LuaPolicyLayer(AdaptiveLimit($0.limiter))
      }
    case "timeout": try options.duration(name).map { try LuaPolicyLayer(Timeout($0)) }
    default: try options.options(name, known: Hedge.luaOptions).map { try LuaPolicyLayer(Hedge($0)) }
    }
  }

  private static func partition(_ bulkhead: LuaBulkhead, _ options: LuaOptions) throws -> Bulkhead {
    guard let name = try options.text("partition") else { throw options.missing("partition", "string") }
    guard let partition = bulkhead.partitions[name] else {
      throw options.error("partition", "\(bulkhead.label) has no partition \"\(name)\"")
    }
    return partition
  }

  /// Calls `function` with the message of what went wrong, and gives its results instead.
  private static func fallback(_ function: LuaFunction) -> LuaPolicyLayer {
    let body = LuaBody(function: function, name: "fallback")
    return LuaPolicyLayer { operation in
      do { return try await operation() } catch { return try await body([try LuaError.message(of: error)]) }
    }
  }
}
