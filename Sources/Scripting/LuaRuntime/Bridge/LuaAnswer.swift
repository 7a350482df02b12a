// How what may well fail answers a script. A cancellation is no answer: it has to end the goroutine's wait.

extension [LuaValue] {
  /// `true, values…`, or `false, message`.
  static func flagged(_ body: () async throws -> [LuaValue]) async throws -> [LuaValue] {
    do { return [true] + (try await body()) } catch { return [false, try LuaError.message(of: error)] }
  }

  /// The values, or `nil, message`.
  static func orNil(_ body: () async throws -> [LuaValue]) async throws -> [LuaValue] {
    do { return try await body() } catch { return [.nil, try LuaError.message(of: error)] }
  }
}
