/// A library that scripts see as a global and by `require(name)`.
public struct LuaModule: Sendable {
  /// The body of a function that answers at once.
  ///
  /// It must not block: the isolate waits for it.
  public typealias Body = @Sendable (LuaCall) throws -> [LuaValue]
  /// The body of a function that may suspend.
  ///
  /// Only the calling goroutine waits for it.
  public typealias AsyncBody = @Sendable (LuaCall) async throws -> [LuaValue]

  enum Implementation: Sendable {
    case synchronous(Body)
    case asynchronous(AsyncBody)
  }

  struct Function: Sendable {
    var name: String
    var implementation: Implementation
  }

  struct Prelude: Sendable {
    var source: String
    var name: String
  }

  /// The global name of the library.
  public let name: String
  var functions: [Function] = []
  var preludes: [Prelude] = []

  /// An empty library.
  public init(_ name: String) { self.name = name }

  /// Adds a function that answers at once.
  ///
  /// An error it throws becomes a Lua error at the caller's line.
  public mutating func function(_ name: String, _ body: @escaping Body) {
    functions.append(Function(name: name, implementation: .synchronous(body)))
  }

  /// Adds a function that suspends the calling goroutine only.
  ///
  /// The body runs as a Swift task, which is cancelled when the goroutine is killed or timed out; what
  /// it then returns is dropped.
  public mutating func asyncFunction(_ name: String, _ body: @escaping AsyncBody) {
    functions.append(Function(name: name, implementation: .asynchronous(body)))
  }

  /// Adds Lua source that runs once in each isolate, with the module's table as `...`.
  ///
  /// It may add functions written in Lua to the module, or define globals. It must not block.
  public mutating func prelude(_ source: String, name: String) {
    preludes.append(Prelude(source: source, name: name))
  }
}
