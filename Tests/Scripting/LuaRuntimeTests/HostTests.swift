import RevoadaLua
import Synchronization
import Testing

/// Swift's side: native functions, values, calls into an isolate.
@Suite struct HostTests {
  static var host: LuaModule {
    var module = LuaModule("host")
    module.function("echo") { $0.arguments }
    module.function("fail") { _ in throw LuaError(.runtime, "failed on purpose") }
    module.function("add") { call in [.integer(try call.integer(1) + (try call.optionalInteger(2) ?? 1))] }
    module.function("name") { call in [.string("hello " + (try call.string(1).text))] }
    module.asyncFunction("later") { call in
      await Task.yield()
      return call.arguments
    }
    module.asyncFunction("fail_later") { _ in
      await Task.yield()
      throw LuaError(.runtime, "failed later")
    }
    module.prelude(
      "local host = ... function host.twice(x) return host.add(x, x) end HOST = host.name('prelude')",
      name: "host")
    return module
  }

  @Test func valuesSurviveTheWayThereAndBack() async {
    await check(
      """
      local host = require("host")
      local ch, mu = goroutine.channel(1), goroutine.mutex()
      local function f() end
      t.eq(select("#", host.echo(nil, nil)), 2)
      for _, value in ipairs{ 1, -2.5, math.mininteger, math.huge, "", "a\\0b", true, false, ch, mu, f } do
        t.eq(host.echo(value), value) t.eq(host.later(value), value)
      end
      t.eq(math.type(host.echo(3)), "integer") t.eq(math.type(host.echo(3.0)), "float")
      local copy = host.echo{ 1, 2, nil, 4, x = { y = "z", [2.5] = true }, [-1] = f }
      t.eq(copy[2], 2) t.eq(copy[4], 4) t.eq(copy.x.y, "z") t.eq(copy.x[2.5], true) t.eq(copy[-1], f)
      local cyclic = {} cyclic.me = cyclic
      t.fails(function() host.echo(cyclic) end, "contains itself")
      t.eq(host.twice(21), 42) t.eq(HOST, "hello prelude")
      """, modules: [Self.host])
  }

  @Test func errorsOfNativeFunctionsHaveTheScriptsPlace() async {
    await check(
      """
      t.eq(t.fails(host.fail, "failed"), "script.lua:1: failed on purpose", "the nearest line of the script")
      t.eq(t.fails(function() host.fail() end, "failed"), "script.lua:2: failed on purpose")
      t.eq(t.fails(function() host.fail_later() end, "failed"), "script.lua:3: failed later")
      t.eq(t.fails(function() host.add("x") end, "bad"), "script.lua:4: bad argument #1 to 'add' (number expected, got string)")
      t.eq(t.fails(function() host.add(1.5) end, "bad"), "script.lua:5: bad argument #1 to 'add' (number has no integer representation)")
      t.eq(t.fails(function() host.name() end, "bad"), "script.lua:6: bad argument #1 to 'name' (string expected, got no value)")
      """, modules: [Self.host])
  }

  @Test func aNativeCallSuspendsItsGoroutineOnly() async {
    await check(
      """
      local order = {}
      local h = goroutine.async(function() local value = host.later("second") order[#order + 1] = value end)
      goroutine.yield()
      order[#order + 1] = "first"
      goroutine.await(h)
      t.eq(table.concat(order, ","), "first,second")
      """, modules: [Self.host])
  }

  @Test func killingAGoroutineCancelsItsNativeCall() async throws {
    let cancelled = Gate()
    var module = LuaModule("host")
    module.asyncFunction("forever") { _ in
      try? await Task.sleep(for: .seconds(3600))
      if Task.isCancelled { await cancelled.open() }
      return []
    }
    let script = Script(modules: [module])
    try await script.main(
      "local h = goroutine.async(host.forever) goroutine.yield() goroutine.cancel(h) return (goroutine.await(h))"
    )
    await cancelled.wait()
    await script.runtime.shutdown()
  }

  @Test func functionsAreCalledWithArgumentsResultsAndErrors() async throws {
    let script = Script()
    let results = try await script.main(
      "local n = 0 return function(a, b) n = n + 1 goroutine.sleep(1) return a + b, n end, function() error('inside') end"
    )
    guard case .function(let add) = results[0], case .function(let fail) = results[1] else {
      Issue.record("no functions")
      return
    }
    let main = script.runtime.main
    #expect(try await main.call(add, [1, 2], name: "add") == [3, 1])
    #expect(try await main.call(add, [3, 4.5]) == [7.5, 2])
    await #expect {
      _ = try await main.call(fail)
    } throws: {
      ($0 as? LuaError)?.message == "script.lua:1: inside"
    }
    await script.runtime.shutdown()
    await #expect(throws: LuaError.self) { _ = try await main.call(add) }
  }

  @Test func cancellingACallKillsItsGoroutine() async throws {
    let script = Script(clock: SystemClock())
    let results = try await script.main(
      """
      closed = goroutine.channel(1)
      return function()
        local guard <close> = setmetatable({}, {__close = function() closed:send("closed") end})
        while true do end
      end, function() return (closed:receive()) end
      """)
    guard case .function(let spin) = results[0], case .function(let wait) = results[1] else {
      Issue.record("no functions")
      return
    }
    let call = Task { try await script.runtime.main.call(spin) }
    await Task.yield()
    call.cancel()
    await #expect {
      _ = try await call.value
    } throws: {
      ($0 as? LuaError)?.kind == .cancelled
    }
    // A call cancelled before it started has nothing to close.
    let outcome = Task { try await script.runtime.main.call(wait) }
    outcome.cancel()
    _ = await outcome.result
    await script.runtime.shutdown()
  }

  @Test func outputGoesToTheHost() async throws {
    let script = Script()
    try await script.run(
      """
      print("a", 1, nil, setmetatable({}, {__tostring = function() return "obj" end}))
      io.write("b", 2, "\\n") io.stdout:write("c"):write("\\n") io.output():write("d\\n")
      """)
    #expect(script.output == "a\t1\tnil\tobj\nb2\nc\nd\n")
  }

  @Test func tenMegabytesOfOutputArriveWhole() async throws {
    let script = Script()
    try await script.run("local line = ('x'):rep(99) for _ = 1, 1e5 do print(line) end")
    #expect(script.output.utf8.count == 10_000_000)
  }

  @Test func shutdownEndsWhatStillRuns() async throws {
    let script = Script(clock: SystemClock())
    try await script.main(
      """
      goroutine.spawn(function() while true do end end)
      goroutine.spawn(function() goroutine.sleep(1e9) end)
      goroutine.spawn_isolated(function() while true do pcall(error) end end)
      """)
    await script.runtime.shutdown()
  }
}
