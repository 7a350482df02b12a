import Revoada

/// The engine of `goroutine.map`: `map(count, work, options)` → a list of `{index, id, attempts, ms, error}`.
///
/// The prelude keeps the values, which never leave Lua: Swift works on the numbers of the items.
enum LuaMap {
  static let function = Library.Function(
    module: nil, field: "map",
    body: .hosted { call in
      let count = Int(try call.integer(1))
      let body = LuaBody(function: try call.function(2), name: "map")
      let known: Set<String> = [
        "limit", "retry", "timeout", "deadline", "ordered", "breaker", "cache", "key",
      ]
      let options = try LuaOptions(call, 3, known: known)
      let limit = try options.integer("limit", in: 1...1_000_000) ?? Scheduler.availableCores
      let retry = try options.options("retry", known: RetryPolicy.luaOptions).map(RetryPolicy.init) ?? .none
      let timeout = try options.duration("timeout")
      let deadline = try options.duration("deadline")
      let breaker = try options.object("breaker", LuaCircuitBreaker.self, LuaCircuitBreaker.kind)?.breaker
      let ordered = try options.bool("ordered") ?? true
      if count == 0 { return [.table(LuaTable())] }
      let outcomes = try await (1...count).concurrentMap(
        limit: limit, ordered: ordered, retry: retry, timeout: timeout, deadline: deadline, breaker: breaker
      ) { index in _ = try await body([.count(index)]) }
      let list = outcomes.map { outcome in
        var table = LuaTable([
          "index": .count(outcome.input), "id": .integer(Int64(clamping: outcome.id)),
          "attempts": .count(outcome.attempts), "ms": .milliseconds(outcome.duration),
        ])
        if let error = outcome.error { table["error"] = message(of: error, deadline) }
        return LuaValue.table(table)
      }
      return [.table(LuaTable(array: list))]
    })

  private static func message(of error: any Error, _ deadline: Duration?) -> LuaValue {
    if let error = error as? TimedOut, error.limit == deadline { return "deadline exceeded" }
    return (try? LuaError.message(of: error)) ?? "cancelled"
  }
}
