import RevoadaConsole
import RevoadaLua
import RevoadaScriptCheck
import RevoadaScriptModules
import RevoadaTasks

/// Asks a fresh runtime which names it offers, and has it compile a script without running it.
///
/// A list of names kept by hand would be wrong after the next function somebody adds.
struct RuntimeInspector {
  private let script: ScriptFile

  init(_ script: ScriptFile) { self.script = script }

  /// The names there are.
  ///
  /// - Throws: ``Failure`` when the script is not valid Lua.
  func inspect() async throws -> KnownNames {
    var configuration = LuaRuntimeConfiguration()
    let names = ScriptModules.all().map(\.name)
    configuration.modules = ScriptModules.all() + [TaskRegistry().module, input]
    let runtime = LuaRuntime(configuration)
    let values: [LuaValue]
    do {
      values = try await runtime.run(source: Self.program, name: "check")
    } catch {
      await runtime.shutdown()
      throw error
    }
    await runtime.shutdown()
    if values.count > 1, case .string(let message) = values[1] { throw Failure(.usage, message.text) }
    guard case .table(let globals)? = values.first else {
      throw Failure(.failed, "check: no names to compare")
    }
    return Self.names(globals, modules: Set(names + ["goroutine", "workflow"]))
  }

  private var input: LuaModule {
    var module = LuaModule("_check")
    module.function("script") { [script] _ in
      [.string(LuaString(bytes: script.source)), .string(script.path)]
    }
    return module
  }

  private static let program = """
    local source, path = _check.script()
    local chunk, message = load(source, "@" .. path, "t")
    if not chunk then return nil, message end
    local names = {}
    for name, value in pairs(_G) do
      if name ~= "_check" and type(name) == "string" then
        local fields = false
        if type(value) == "table" and name ~= "_G" then
          fields = {}
          for field in pairs(value) do
            if type(field) == "string" then fields[#fields + 1] = field end
          end
        end
        names[name] = fields
      end
    end
    return names
    """

  private static func names(_ globals: LuaTable, modules: Set<String>) -> KnownNames {
    // `arg` is set for a script that is run.
    var known = KnownNames(globals: ["arg", "_G", "_ENV", "_VERSION"], libraries: [:], modules: modules)
    for (key, value) in globals.fields {
      guard case .string(let name) = key else { continue }
      known.globals.insert(name.text)
      guard case .table(let fields) = value else { continue }
      let texts = fields.array.compactMap { value -> String? in
        if case .string(let text) = value { text.text } else { nil }
      }
      known.libraries[name.text] = Set(texts)
      known.modules.insert(name.text)
    }
    // What scripts put there themselves, or what is read by their own loaders.
    known.libraries["arg"] = nil
    known.libraries["package"] = nil
    return known
  }
}
