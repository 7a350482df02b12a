import Revoada

/// `circuit_breaker{threshold, timeout, half_open_max, name}`: a ``CircuitBreaker``.
final class LuaCircuitBreaker: SwiftObject, @unchecked Sendable {
  let breaker: CircuitBreaker

  init(_ call: LuaCall) throws {
    let options = try LuaOptions(call, 1, known: ["threshold", "timeout", "half_open_max", "name"])
    let name = try options.text("name")
    breaker = CircuitBreaker(
      name: name ?? "breaker", threshold: try options.integer("threshold", in: 1...Int.max) ?? 5,
      openFor: try options.duration("timeout") ?? .seconds(30),
      halfOpenProbes: try options.integer("half_open_max", in: 1...Int.max) ?? 1)
    super.init(name: name)
    try LuaError.misuse(of: call, breaker.validate)
  }

  static let kind = ObjectKind(
    12, "circuit_breaker",
    swift: [
      .waiting("call") { (self: LuaCircuitBreaker, call) in
        let body = LuaBody(function: try call.function(1), name: "call of \(self.label)")
        let arguments = Array(call.arguments.dropFirst())
        return try await .flagged { try await self.breaker.call { try await body(arguments) } }
      },
      .immediate("state") { (self: LuaCircuitBreaker, _) in [.string(self.breaker.state.rawValue)] },
      .immediate("reset") { (self: LuaCircuitBreaker, _) in
        self.breaker.reset()
        return []
      },
      .immediate("stats") { (self: LuaCircuitBreaker, _) in
        let stats = self.breaker.stats
        return [
          .table(
            LuaTable([
              "state": .string(stats.state.rawValue), "successes": .count(stats.successes),
              "failures": .count(stats.failures), "refused": .count(stats.refused),
              "late": .count(stats.late),
              "running": .count(stats.running), "consecutive_failures": .count(stats.consecutiveFailures),
            ]))
        ]
      },
    ])
  override var kind: ObjectKind { Self.kind }
}
