import LuaShim

/// A function that a script gave to a Swift object, as that object calls it.
struct LuaBody: Sendable {
  let function: LuaFunction
  /// What reports call its goroutines.
  let name: String
  /// Whether tables that it returns are for Swift to read, not to keep.
  var returnsCopies = false

  /// Runs the function in a goroutine of its own isolate.
  ///
  /// It fails by raising, or by returning `nil, message`. Cancelling the Swift task kills the goroutine.
  func callAsFunction(_ arguments: [LuaValue] = []) async throws -> [LuaValue] {
    let values: [LuaValue]
    do {
      values = try await Isolate.callBack(
        function, arguments, results: returnsCopies ? RV_HOST : RV_OPAQUE, name: name)
    } catch let error as LuaError where error.kind == .cancelled {
      throw CancellationError()  // Swift's types tell it from a failure
    }
    if values.count > 1, values[0].isNil, !values[1].isNil { throw LuaFailure(message: values[1]) }
    return values
  }
}
