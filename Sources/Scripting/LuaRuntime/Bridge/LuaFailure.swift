import Revoada

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
