import LuaShim
import Revoada

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

/// A function of a script returned `nil, message`.
struct LuaFailure: Error, CustomStringConvertible {
  let message: LuaValue
  var description: String {
    switch message {
    case .string(let text): text.text
    case .integer(let number): "\(number)"
    case .number(let number): "\(number)"
    case .bool(let flag): "\(flag)"
    default: "error object is a \(message.typeName) value"
    }
  }
}

extension LuaError {
  /// What a failed operation answers as its message. A cancellation is none: it has to end the goroutine's wait.
  static func message(of error: any Error) throws -> LuaValue {
    if error is CancellationError { throw error }
    if error is TimedOut { return "timeout exceeded" }
    return .string(String(describing: error))
  }

  /// Reports what a Swift type finds wrong with its configuration as a fault of the call.
  static func misuse<T>(of call: LuaCall, _ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as LuaError { throw error } catch {
      throw call.argumentError(1, String(describing: error))
    }
  }
}
