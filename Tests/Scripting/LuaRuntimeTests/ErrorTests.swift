import RevoadaLua
import Testing

@Suite struct ErrorTests {
  @Test func anErrorHasPlaceAndTraceback() async {
    let error = await Script().error("local function inner() local x = nil; x.y = 1 end\ninner()")
    #expect(error.kind == .runtime)
    #expect(error.message == "script.lua:1: attempt to index a nil value (local 'x')")
    #expect(error.traceback?.contains("script.lua:2: in main chunk") == true)
  }

  @Test(arguments: [
    ("error({code = 5})", "script.lua:1: error object is a table value"),
    ("error(nil)", "script.lua:1: error object is a nil value"),
    ("error()", "script.lua:1: error object is a nil value"),
    ("error({message = 'inside'})", "script.lua:1: inside"), ("error('plain', 0)", "plain"),
    ("error(setmetatable({}, {__tostring = function() return 'made' end}))", "script.lua:1: made"),
    (
      "error(setmetatable({}, {__tostring = function() error('no') end}))",
      "error object whose __tostring fails"
    ),
    (
      "error(setmetatable({}, {__tostring = function() while true do end end}))",
      "error object whose __tostring fails"
    ),
  ])
  func anyErrorObjectBecomesText(source: String, message: String) async {
    #expect(await Script().error(source).message == message)
  }

  @Test(arguments: [
    ("local x = = 3", "script.lua:1: unexpected symbol near '='"),
    ("x = 'open", "script.lua:1: unfinished string near"),
    ("\u{1B}Lua\u{54}", "attempt to load a binary chunk"),
    ("for", "script.lua:1: <name> expected near <eof>"),
  ])
  func aSyntaxErrorIsOne(source: String, message: String) async {
    let error = await Script().error(source)
    #expect(error.kind == .syntax)
    #expect(error.message.hasPrefix(message))
  }

  @Test func unreadableFilesAreNamed() async {
    for (path, reason) in [("/nowhere/x.lua", "No such file or directory"), ("/", "Is a directory")] {
      await #expect(throws: LuaError(.syntax, "\(path): \(reason)")) {
        try await LuaRuntime().run(file: path)
      }
    }
  }

  @Test func recursionWithoutEndOverflowsTheStackWithPlace() async {
    let error = await Script().error("local function f(x) return 1 + f(x) end\nf(1)")
    #expect(error.message.hasPrefix("script.lua:1: stack overflow"))
    let nested = await Script().error(
      "local t = setmetatable({}, {__index = function(t, k) return t[k .. 'x'] end})\nprint(t.a)")
    #expect(nested.message.contains("stack overflow"))
  }

  @Test func anAllocationBombNamesTheLimit() async {
    for source in [
      "local t = {} while true do t[#t + 1] = ('x'):rep(1e5) .. #t end", "return ('x'):rep(1e9)",
      "while true do pcall(function() local t = {} while true do t[#t + 1] = ('x'):rep(1e5) .. #t end end) end",
    ] {
      let error = await Script(memoryLimit: 16 << 20).error(source)
      #expect(error.kind == .memory)
      #expect(error.message == "not enough memory: the isolate reached its limit of 16 MiB")
    }
  }

  @Test func memoryCanBeUsedAgainAfterACaughtFailure() async throws {
    let results = try await Script(memoryLimit: 16 << 20).run(
      "local ok, err = pcall(string.rep, 'x', 1e9) collectgarbage() local t = {} for i = 1, 1e4 do t[i] = {i} end return ok, err, #t"
    )
    #expect(results == [false, "not enough memory", 10000])
  }

  @Test func anErrorNobodyAwaitsIsReportedOnceWithTheSpawnSite() async throws {
    let script = Script()
    try await script.run(
      """
      goroutine.spawn(function()
        error("unseen")
      end)
      goroutine.async(function() error({message = "object"}) end)
      local awaited = goroutine.async(function() error("seen") end)
      goroutine.await(awaited)
      local late = goroutine.async(function() error("seen later") end)
      goroutine.sleep(5)
      goroutine.await(late)
      """)
    let reports = script.reports.sorted { $0.spawnSite < $1.spawnSite }
    #expect(reports.map(\.error.message) == ["script.lua:2: unseen", "script.lua:4: object"])
    #expect(reports.map(\.spawnSite) == ["script.lua:1", "script.lua:4"])
    #expect(reports[0].error.traceback?.contains("script.lua:2") == true)
  }

  @Test func anUnawaitedErrorIsReportedWhileTheScriptGoesOn() async throws {
    let script = Script()
    try await script.main(
      "goroutine.spawn(function() error('early') end) goroutine.sleep(1) goroutine.sleep(1)")
    #expect(script.reports.map(\.error.message) == ["script.lua:1: early"])
    await script.runtime.shutdown()
    #expect(script.reports.count == 1)
  }

  @Test(arguments: [
    ("os.exit(3)", 3), ("goroutine.spawn(function() os.exit(4) end) goroutine.sleep(1000)", 4),
    ("table.sort({3, 2, 1}, function() os.exit(5) end)", 5), ("os.exit(true)", 0), ("os.exit(false)", 1),
    ("os.exit()", 0),
    ("goroutine.await(goroutine.spawn_isolated(function() os.exit(6) end))", 6),
    ("pcall(os.exit, 7) while true do end", 7),
  ])
  func exitEndsTheRunWithItsCode(source: String, code: Int32) async {
    #expect(await Script().error(source).kind == .exit(code))
  }

  @Test func blockingWhereLuaCannotYieldIsAClearError() async {
    await check(
      """
      local ch = goroutine.channel()
      local function waits() return ch:receive() end
      t.fails(function() table.sort({2, 1}, waits) end, "script.lua:2: cannot receive here: inside a callback of a C function")
      t.fails(function() ("a"):gsub(".", function() goroutine.sleep(1) end) end, "cannot sleep here")
      t.fails(function() local mu = goroutine.mutex() mu:lock(); ("a"):gsub(".", function() mu:lock() end) end, "cannot wait for mutex")
      t.fails(function() tostring(setmetatable({}, {__tostring = function() goroutine.yield() return "" end})) end, "cannot yield here")
      """)
  }
}
