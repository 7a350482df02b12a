import Revoada

extension Hedge {
  static let luaOptions: Set<String> = ["delay", "max_attempts"]

  /// The hedging that a script describes.
  init(_ options: LuaOptions) throws {
    guard let delay = try options.duration("delay", mayBeZero: true) else {
      throw options.missing("delay", "milliseconds")
    }
    self.init(after: delay, attempts: try options.integer("max_attempts", in: 1...1_000) ?? 2)
  }
}

/// `hedge({delay, max_attempts}, fn, ...)` → `result…` or `nil, error`.
enum LuaHedge {
  static let function = Library.Function(
    module: "goroutine", field: "hedge",
    body: .hosted { call in
      let hedge = try Hedge(LuaOptions(call, 1, known: Hedge.luaOptions))
      let body = LuaBody(function: try call.function(2), name: "hedged function")
      let arguments = Array(call.arguments.dropFirst(2))
      return try await .orNil { try await hedge.run { try await body(arguments) } }
    })
}
