import LuaShim

extension Isolate {
  /// Runs a native function.
  ///
  /// For one that suspends, a task of its own, whose end wakes the goroutine.
  func native(
    _ number: Int, _ goroutine: UInt64, _ arguments: ValueBuffer,
    _ results: UnsafeMutablePointer<ValueBuffer?>
  ) -> rv_outcome {
    let function = core.library.functions[number]
    if case .isolated = function.body {
      let call = IsolatedCall(.stealing(arguments), on: core.pickIsolate())
      results.pointee = ValueBuffer.make([.handle(LuaHandle(object: call))])
      return RV_VALUES
    }
    do {
      var reader = ValueReader(arguments, self)
      let call = LuaCall(name: function.name, arguments: try reader.values(), isolate: self)
      switch function.body {
      case .synchronous(let body):
        results.pointee = ValueBuffer.make(try body(call), for: self)
        return RV_VALUES
      case .asynchronous(let body):
        guard goroutine != 0 else {
          throw LuaError(
            .runtime,
            "cannot wait for '\(function.name)' here: inside a callback of a C function, while a goroutine "
              + "is being closed, or in library code that runs before the script")
        }
        start(body, call, goroutine)
        return RV_PENDING
      case .hosted(let body):
        let (outcome, value) = host(function.name, for: goroutine) { try await body(call) }
        results.pointee = value
        return outcome
      case .isolated: return RV_NONE
      }
    } catch {
      let (outcome, value) = Isolate.encode(error)
      results.pointee = value
      return outcome
    }
  }

  private func start(_ body: @escaping LuaModule.AsyncBody, _ call: LuaCall, _ goroutine: UInt64) {
    core.busy.enter()
    tasks[goroutine] = Task.detached { [self] in
      var completion = Completion(
        goroutine: goroutine, outcome: RV_VALUES, value: nil, endsNativeCall: true)
      do {
        completion.value = ValueBuffer.make(try await body(call), for: self)
      } catch {
        (completion.outcome, completion.value) = Isolate.encode(error)
      }
      complete(completion)
    }
  }

  /// An error with a traceback came out of Lua and has its position already.
  static func encode(_ error: any Error) -> (rv_outcome, ValueBuffer?) {
    let error = error as? LuaError ?? LuaError(.runtime, String(describing: error))
    return (error.traceback == nil ? RV_ERROR : RV_RAISE, ValueBuffer.make([.string(error.message)]))
  }
}
