/// The native functions and Lua sources that every isolate of a runtime loads.
struct Library: Sendable {
  enum Body: Sendable {
    case synchronous(LuaModule.Body)
    case asynchronous(LuaModule.AsyncBody)
    /// May wait for the script itself: runs in the isolate's turns, and is no activity while it waits.
    case hosted(LuaModule.AsyncBody)
    /// Copies its arguments to another isolate and runs the first of them there.
    case isolated
  }

  struct Function: Sendable {
    /// Nil for the internals that only the preludes see.
    var module: String?
    var field: String
    var body: Body

    var name: String { module.map { "\($0).\(field)" } ?? field }
    var isIsolated: Bool { if case .isolated = body { true } else { false } }
  }

  struct Prelude: Sendable {
    var source: String
    var chunkName: String
    /// Nil for the runtime's own, which get the module `goroutine` and the internals.
    var module: String?
  }

  private(set) var functions: [Function] = []
  private(set) var preludes: [Prelude] = []

  init(_ modules: [LuaModule]) {
    functions = Constructors.functions + [Function(module: nil, field: "isolated_call", body: .isolated)]
    // Positions in these sources never show: `(revoada)` marks them as not the script's.
    preludes = RuntimePrelude.sources.map {
      Prelude(source: $0.source, chunkName: "=(revoada) \($0.name)", module: nil)
    }
    for module in modules {
      for function in module.functions {
        let body: Body =
          switch function.implementation {
          case .synchronous(let body): .synchronous(body)
          case .asynchronous(let body): .asynchronous(body)
          }
        functions.append(Function(module: module.name, field: function.name, body: body))
      }
      preludes += module.preludes.map {
        Prelude(source: $0.source, chunkName: "=(revoada) \($0.name)", module: module.name)
      }
    }
  }
}
