import RevoadaLua

/// The value, or `nil, message` for a failure that a script should expect.
///
/// A ``LuaError`` passes through: it is a misuse, and belongs to the script's line.
func expected(_ body: () async throws -> LuaValue) async throws -> [LuaValue] {
  do {
    return [try await body()]
  } catch let error as LuaError {
    throw error
  } catch let error as CancellationError {
    throw error
  } catch {
    return [.nil, .string(String(describing: error))]
  }
}

extension LuaCall {
  /// A path: a string that is neither empty nor has a NUL, behind which the system would not look.
  func path(_ index: Int) throws -> ScriptPath {
    let string = try string(index)
    if string.bytes.isEmpty { throw argumentError(index, "a path cannot be empty") }
    if string.bytes.contains(0) { throw argumentError(index, "a path cannot contain a NUL byte") }
    return ScriptPath(string.bytes)
  }
}
