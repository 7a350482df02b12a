import LuaShim
import Revoada

/// A Swift object with methods in Swift, such as a cache or a pool.
///
/// Subclasses hold the object and list their methods in their ``ObjectKind``. Arguments and results that are neither scalars,
/// strings nor handles are references: inside one isolate a table stays the same table.
class SwiftObject: SharedObject, @unchecked Sendable {
  final override func invoke(
    _ number: Int32, _ call: UnsafeMutablePointer<rv_invocation>, _ caller: Caller
  ) -> rv_outcome {
    let method = kind.swiftMethods[Int(number) - 1]
    let isolate = caller.isolate
    let (outcome, value) = perform(method, number, call.pointee.value, caller.goroutine, isolate)
    call.pointee.value = value
    return outcome
  }

  private func perform(
    _ method: SwiftMethod, _ number: Int32, _ buffer: ValueBuffer?, _ goroutine: UInt64, _ isolate: Isolate
  ) -> (rv_outcome, ValueBuffer?) {
    defer { rv_buffer_free(buffer) }
    isolate.runJobs()  // what became ready before comes first
    do {
      var arguments: [LuaValue] = []
      if let buffer {
        var reader = ValueReader(buffer, isolate)
        arguments = try reader.values()
      }
      let call = LuaCall(
        name: method.name, arguments: arguments, isolate: isolate, goroutine: goroutine)
      switch method.body {
      case .immediate(let body):
        let values = try isolate.executor.host { try body(self, call) }
        isolate.runJobs()
        return (RV_VALUES, .make(values, for: isolate))
      case .waiting(let body):
        return isolate.host(
          "\(kind.name):\(method.name)", for: goroutine, object: self,
          undo: method.undo == nil ? 0 : Int64(number)
        ) { [self] in try await body(self, call) }
      }
    } catch {
      return Isolate.encode(error)
    }
  }

  final override func cancel(_ isolate: Isolate, _ goroutine: UInt64) {
    isolate.hosted.removeValue(forKey: goroutine)?.cancel()
  }

  // MARK: Select

  /// What the cases of a script's select can do: the work of the methods of these names.
  var selectable: [rv_operation] { [] }

  /// A case that does what a method does, one of ``selectable``, and answers as it does.
  func selectCase(_ call: SelectCall) -> any SelectCases<[LuaValue]> {
    preconditionFailure("no select waits for \(kind.name)")
  }

  /// An element that came back from a goroutine that is gone, as `receive` answers.
  func takeReturned() -> [LuaValue]? { nil }

  final override func place(_ entry: rv_object_case) throws(SelectRefusal) -> rv_place {
    if selectable.contains(entry.operation) { return RV_IN_SWIFT }
    if entry.operation == RV_SEND, selectable.contains(RV_RECEIVE) {
      throw SelectRefusal("can only receive from this kind of channel")
    }
    throw SelectRefusal(entry.operation, self)
  }

  final override func refund(_ grant: Int64, _ value: ValueBuffer?) {
    guard let value, let undo = kind.swiftMethods[Int(grant) - 1].undo else { return }
    defer { rv_buffer_free(value) }
    var reader = ValueReader(value, nil)
    if let values = try? reader.values() { undo(self, values) }
  }
}

/// A method of a ``SwiftObject``.
struct SwiftMethod: Sendable {
  enum Body: Sendable {
    case immediate(@Sendable (SharedObject, LuaCall) throws -> [LuaValue])
    case waiting(@Sendable (SharedObject, LuaCall) async throws -> [LuaValue])
  }

  let name: String
  let body: Body
  let undo: (@Sendable (SharedObject, [LuaValue]) -> Void)?
  /// Whether tables among its arguments are copied for Swift to read: options.
  var readsTables = false

  /// A method that answers at once.
  static func immediate<Object: SwiftObject>(
    _ name: String, readsTables: Bool = false,
    _ body: @escaping @Sendable (Object, LuaCall) throws -> [LuaValue]
  ) -> SwiftMethod {
    // The shim has checked the class of the object.
    SwiftMethod(
      name: name, body: .immediate { try body(unsafeDowncast($0, to: Object.self), $1) }, undo: nil,
      readsTables: readsTables)
  }

  /// A method during which a goroutine may wait.
  ///
  /// Killing the goroutine cancels it; `undo` takes back what it obtained just before.
  static func waiting<Object: SwiftObject>(
    _ name: String, undo: (@Sendable (Object, [LuaValue]) -> Void)? = nil,
    _ body: @escaping @Sendable (Object, LuaCall) async throws -> [LuaValue]
  ) -> SwiftMethod {
    var takeBack: (@Sendable (SharedObject, [LuaValue]) -> Void)?
    if let undo { takeBack = { undo(unsafeDowncast($0, to: Object.self), $1) } }
    return SwiftMethod(
      name: name, body: .waiting { try await body(unsafeDowncast($0, to: Object.self), $1) }, undo: takeBack)
  }
}
