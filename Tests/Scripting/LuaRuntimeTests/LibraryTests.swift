import Foundation
import RevoadaLua
import Testing

/// Pools, scopes, pipelines, `require`, coroutines, and the names of Lua 5.1.
@Suite struct LibraryTests {
  @Test func aPoolBoundsItsWorkersAndCountsItsTasks() async {
    await check(
      """
      goroutine.pool_create("p", { workers = 3 })
      local active, peak, ids = 0, 0, {}
      for i = 1, 20 do
        local id = goroutine.pool_submit("p", function(n)
          active = active + 1 peak = math.max(peak, active)
          goroutine.sleep(2)
          active = active - 1
          if n % 5 == 0 then error("bad " .. n) end
        end, i)
        t.eq(ids[id], nil) ids[id] = true
      end
      goroutine.pool_wait("p")
      local stats = goroutine.pool_stats("p")
      t.eq(peak, 3) t.eq(stats.workers, 3) t.eq(stats.completed, 16) t.eq(stats.failed, 4) t.eq(stats.active, 0) t.eq(stats.queued, 0)
      t.eq(stats.avg_ms, 2.0) t.eq(stats.p95_ms, 2.0) t.eq(stats.last_error:find("bad 20", 1, true) ~= nil, true)
      goroutine.pool_close("p")
      t.fails(function() goroutine.pool_submit("p", print) end, "pool 'p' is closed")
      t.fails(function() goroutine.pool_close("p") end, "pool 'p' is already closed")
      """)
  }

  @Test func aFullPoolSuspendsOrRefuses() async {
    await check(
      """
      goroutine.pool_create("block", { workers = 1, queue = 1 })
      local done, submitted = 0, 0
      local submitter = goroutine.async(function()
        for _ = 1, 5 do goroutine.pool_submit("block", function() goroutine.sleep(10) done = done + 1 end) submitted = submitted + 1 end
      end)
      goroutine.sleep(1)
      t.eq(submitted, 2, "one runs, one waits, the third submit suspends")
      goroutine.cancel(submitter)
      goroutine.pool_wait("block")
      t.eq(done, 2)

      goroutine.pool_create("refuse", { workers = 1, queue = 0, on_full = "error" })
      t.eq(type(goroutine.pool_submit("refuse", goroutine.sleep, 5)), "number")
      local id, why = goroutine.pool_submit("refuse", print)
      t.eq(id, nil) t.eq(why, "queue full")
      goroutine.pool_close("refuse")

      goroutine.pool_create("far", { workers = 2, isolated = true })
      local sum = goroutine.atomic_int()
      for i = 1, 10 do goroutine.pool_submit("far", function(n) sum:add(n) end, i) end
      goroutine.pool_wait("far")
      t.eq(sum:load(), 55)
      """)
  }

  @Test func nothingOutlivesAScope() async {
    await check(
      """
      local finished = 0
      local ok, errors = goroutine.scope(function(scope)
        for i = 1, 3 do scope:spawn(function() goroutine.sleep(i) finished = finished + 1 end) end
      end)
      t.eq(ok, true) t.eq(#errors, 0) t.eq(finished, 3)

      local survived = false
      ok, errors = goroutine.scope(function(scope)
        scope:spawn(function() goroutine.sleep(5) error("first") end)
        scope:spawn(function() goroutine.sleep(50) survived = true end)
        goroutine.sleep(100) survived = true
      end)
      t.eq(ok, false) t.eq(errors[1], "script.lua:9: first") t.eq(#errors, 1) t.eq(survived, false)

      local active, peak = 0, 0
      goroutine.scope(function(scope)
        for _ = 1, 10 do scope:spawn(function() active = active + 1 peak = math.max(peak, active) goroutine.sleep(1) active = active - 1 end) end
      end, { limit = 4 })
      t.eq(peak, 4) t.eq(active, 0)

      local child_ended
      local outer = goroutine.async(function() goroutine.scope(function(scope) scope:spawn(function()
        local guard <close> = setmetatable({}, { __close = function() child_ended = true end })
        goroutine.sleep(1000)
      end) end) end)
      goroutine.sleep(1) goroutine.cancel(outer)
      t.eq(child_ended, true)
      """)
  }

  @Test func aPipelineRunsItsStagesInOrderOnRequest() async throws {
    let script = Script()
    try await script.run(
      """
      local function feed(n) local ch = goroutine.channel(4) goroutine.spawn(function() for i = 1, n do ch:send(i) end ch:close() end) return ch end
      local total = 0
      goroutine.pipeline(feed(50), { { workers = 2, fn = function(n) return n * 2 end }, { workers = 3, fn = function(n) return n + 10 end } }):range(function(v) total = total + v end)
      t.eq(total, 50 * 51 + 500)

      local last, count = 0, 0
      goroutine.pipeline(feed(40), { { workers = 4, ordered = true, fn = function(n) goroutine.sleep((n * 7) % 5) return n end } }):range(function(v)
        t.eq(v, last + 1) last, count = v, count + 1
      end)
      t.eq(count, 40)

      local kept = 0
      goroutine.pipeline(feed(4), { { name = "odd", fn = function(n) if n % 2 == 0 then return nil, "even " .. n end return n end } }):range(function() kept = kept + 1 end)
      t.eq(kept, 2)

      local merged = 0
      goroutine.fan_in(goroutine.fan_out(feed(30), 3, function(n) return n end)):range(function(v) merged = merged + v end)
      t.eq(merged, 465)
      goroutine.fan_in{}:range(error)
      """)
    #expect(script.reports.map(\.error.message).sorted() == ["stage 'odd': even 2", "stage 'odd': even 4"])
  }

  @Test func requireLooksBesideTheScript() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "revoada-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder.appending(path: "pkg"), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = [
      "main.lua": """
      #!/usr/bin/env revoada
      local other = goroutine.async(require, "blocking")
      local a = require("blocking")
      assert(a.x == 7 and select(2, goroutine.await(other)) == a and loads == 1)
      assert(require("pkg").name == "pkg" and require("pkg.inner") == "inner")
      assert(require("quiet") == true and require("goroutine") == goroutine)
      local ok, err = pcall(require, "nope")
      assert(err:find("module 'nope' not found", 1, true) and err:find("nope/init.lua", 1, true), err)
      ok, err = pcall(require, "one")
      assert(err:find("one -> two -> one", 1, true), err)
      ok, err = pcall(require, "broken")
      assert(err:find("error loading module 'broken'", 1, true) and err:find("broken.lua:1:", 1, true), err)
      assert(goroutine.parallel_map({ 1 }, function() return require("pkg.inner") end)[1] == "inner")
      assert(arg[1] == "first" and select("#", ...) == 2 and arg[0]:find("main.lua", 1, true))
      return "done"
      """,
      "blocking.lua": "loads = (loads or 0) + 1 goroutine.sleep(5) return { x = 7 }",
      "pkg/init.lua": "return { name = ... }", "pkg/inner.lua": "return 'inner'", "quiet.lua": "",
      "one.lua": "return require('two')", "two.lua": "return require('one')", "broken.lua": "x = = 1",
    ]
    for (name, source) in files {
      try source.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
    }
    var configuration = LuaRuntimeConfiguration()
    configuration.clock = VirtualClock()
    let runtime = LuaRuntime(configuration)
    let results = try await runtime.run(
      file: folder.appending(path: "main.lua").path, arguments: ["first", "second"])
    #expect(results == ["done"])
    await runtime.shutdown()
  }

  @Test func blockingInsideAScriptsCoroutineSuspendsTheGoroutine() async {
    await check(
      """
      local ch = goroutine.channel()
      goroutine.spawn(function() for k = 1, 8 do ch:send(k) end end)
      local co = coroutine.wrap(function() local a = ch:receive() coroutine.yield(a) coroutine.yield((ch:receive())) return pcall(error, (ch:receive())) end)
      t.eq(co(), 1) t.eq(co(), 2) t.eq(select(2, co()), 3)
      local mt = setmetatable({}, { __index = function() return (ch:receive()) end, __close = function() ch:receive() end })
      t.eq(mt.x, 4)
      do local guard <close> = mt end
      for v in function(_, p) if not p then return (ch:receive()) end end do t.eq(v, 6) end
      t.eq(select(2, pcall(function() return (ch:receive()) end)), 7)
      t.eq(select(2, xpcall(function() return (ch:receive()) end, print)), 8)

      local waiting = coroutine.create(function() ch:receive() end)
      local h = goroutine.async(function() coroutine.resume(waiting) end)
      goroutine.yield()
      t.eq(select(2, coroutine.resume(waiting)), "cannot resume non-suspended coroutine")
      t.fails(function() coroutine.close(waiting) end, "cannot close a coroutine that waits")
      goroutine.cancel(h)
      t.fails(function() coroutine.yield() end, "outside a coroutine")
      local failing = coroutine.wrap(function() error({ 1 }) end)
      t.eq(type(select(2, pcall(failing))), "table")
      """)
  }

  @Test func namesOfLua51Work() async {
    await check(
      """
      t.eq(select("#", unpack{ 1, 2, 3 }), 3) t.eq(loadstring("return 7")(), 7)
      t.eq(table.getn{ 1, 2 }, 2) t.eq(table.maxn{ [10] = true }, 10)
      t.eq(math.mod(7, 3), 1) t.eq(math.pow(2, 10), 1024.0)
      local words = 0 for _ in string.gfind("a b c", "%a") do words = words + 1 end t.eq(words, 3)
      local f = function() return value end
      t.eq(getfenv(f), _G) setfenv(f, { value = 5 }) t.eq(f(), 5) t.eq(value, nil)
      local function scoped() setfenv(1, { t = t, getfenv = getfenv }) value = 3 return getfenv(1).value end
      t.eq(scoped(), 3) t.eq(value, nil)
      """)
  }

  @Test func theRuntimeCannotBeBrokenFromInside() async {
    await check(
      """
      t.eq(debug.sethook, nil) t.eq(debug.getregistry, nil) t.eq(debug.setlocal, nil) t.eq(debug.setmetatable, nil)
      t.fails(function() debug.setupvalue(goroutine.mutex().lock, 1, 99) end, "cannot change a C function")
      t.eq(getmetatable(goroutine.channel()), "channel") t.eq(getmetatable(goroutine.mutex()), "mutex")
      t.eq(load(string.dump(function() end)), nil)
      t.fails(function() setmetatable({}, { __gc = function() end }) end, "script.lua:5: __gc is not available")
      goroutine = nil
      t.eq(type(require("goroutine").spawn), "function")
      """)
  }
}
