import Revoada
import RevoadaLua
import Testing

@Suite(.timeLimit(.minutes(10))) struct DeadlockDetectorTests {
  /// Runs a script that starts a detector whose findings are in `found`.
  private func detect(_ source: String) async {
    await check(
      """
      local found = {}
      local detector = goroutine.deadlock_detector{ check_interval = 10, timeout = 40 }
      detector:start()
      detector:on_deadlock(function(info) found[#found + 1] = info end)
      local function part(text, want) t.eq(text:find(want, 1, true) ~= nil, true, text) end
      """ + "\n" + source)
  }

  @Test func aCircleOfLocksIsFoundWhileOthersGoOn() async {
    await detect(
      """
      local first, second = goroutine.mutex("first"), goroutine.mutex("second")
      goroutine.spawn(function() first:lock() goroutine.sleep(5) second:lock() end)
      goroutine.spawn(function() second:lock() goroutine.sleep(5) first:lock() end)
      goroutine.sleep(40) t.eq(#found, 0, "not before the timeout")
      goroutine.sleep(100) t.eq(#found, 1, "once")
      local info = found[1]
      t.eq(info.stuck_count, 2) t.eq(info.blocked_channels, "") t.eq(#info.cycle, 2) t.eq(#info.stuck, 2)
      t.eq(info.cycle[1], 'goroutine 2 (at script.lua:7, spawned at script.lua:7) waits for mutex "second", which depends on goroutine 3')
      t.eq(info.cycle[2], 'goroutine 3 (at script.lua:8, spawned at script.lua:8) waits for mutex "first", which depends on goroutine 2')
      """)
  }

  @Test(arguments: [
    // A lock that is not reentrant.
    "local m = goroutine.mutex('m') goroutine.spawn(function() m:lock() m:lock() end)",
    "local rw = goroutine.rwmutex('m') goroutine.spawn(function() rw:rlock() rw:lock() end)",
    // Through an await.
    "local m = goroutine.mutex('m') goroutine.spawn(function() m:lock() goroutine.await(goroutine.spawn(function() m:lock() end)) end)",
    // Two readers that both want to write.
    """
    local rw = goroutine.rwmutex('m')
    goroutine.spawn_many(2, function() rw:rlock() goroutine.sleep(1) rw:lock() end)
    """,
    // Permits may be released by whoever has the semaphore: nobody else must have it.
    "do local s = goroutine.semaphore(2, 'm') goroutine.spawn_many(2, function() s:acquire() goroutine.sleep(1) s:acquire() end) end",
    "local o = goroutine.once('m') goroutine.spawn(function() o:call(function() o:call(print) end) end)",
  ])
  func everyLockCanBePartOfACircle(_ source: String) async {
    await detect(
      source + """

        goroutine.sleep(100)
        t.eq(#found, 1) part(table.concat(found[1].cycle, "; "), '"m"')
        """)
  }

  @Test func aChannelThatNobodyElseHasIsFound() async {
    await detect(
      """
      goroutine.spawn(function() goroutine.channel(0, "orphan"):receive() end)
      do
        local jobs, results = goroutine.channel(0, "jobs"), goroutine.channel(0, "results")
        goroutine.spawn(function() jobs:receive() results:send(1) end)
        goroutine.spawn(function() goroutine.select{ {channel = results, receive = true}, {channel = goroutine.channel(0, "stop"), receive = true} } end)
      end
      goroutine.spawn(function() goroutine.select{} end)
      goroutine.sleep(100)
      t.eq(#found, 4, "one each")
      for index, channels in ipairs{ "orphan", "jobs", "results, stop", "" } do
        t.eq(found[index].stuck_count, 1) t.eq(found[index].blocked_channels, channels)
      end
      t.eq(found[1].cycle[1], 'goroutine 2 (at script.lua:6, spawned at script.lua:6) waits to receive from channel "orphan"')
      """)
  }

  /// Nobody owns these; but what no goroutine that goes on can get at, nobody will count down, signal or release.
  @Test(arguments: [
    (
      "local group = goroutine.wait_group('w') group:add(1) goroutine.spawn(function() group:wait() end)",
      "wait_group \"w\""
    ),
    ("local latch = goroutine.latch(1, 'w') goroutine.spawn(function() latch:wait() end)", "latch \"w\""),
    (
      "local barrier = goroutine.barrier(2, 'w') goroutine.spawn(function() barrier:wait() end)",
      "barrier \"w\""
    ),
    (
      "local cond = goroutine.cond('w') goroutine.spawn(function() cond:get_mutex():lock() cond:wait() end)",
      "cond \"w\""
    ),
    (
      "local s = goroutine.semaphore(1, 'w') s:acquire() goroutine.spawn(function() s:acquire() end)",
      "semaphore \"w\""
    ),
    (
      "local pq = goroutine.priority_channel(nil, {name = 'w'}) goroutine.spawn(function() pq:receive() end)",
      "priority_channel \"w\""
    ),
    (
      "local latch, ch = goroutine.latch(1, 'w'), goroutine.channel(0, 'c') goroutine.spawn(function() goroutine.select{ {wait = latch}, {channel = ch, receive = true} } end)",
      "select on latch \"w\", channel \"c\""
    ),
  ])
  func whatNobodyElseCanReachIsFound(source: String, what: String) async {
    await detect(
      """
      local function start() \(source) end
      start()
      goroutine.sleep(100)
      t.eq(#found, 1) t.eq(found[1].stuck_count, 1)
      part(found[1].cycle[1], '\(what)') part(found[1].cycle[1], "script.lua:6")
      """)
  }

  /// The same objects, of which somebody who goes on could make use.
  @Test func whatAnybodyCouldServeIsNotStuck() async {
    await detect(
      """
      local kept = {}
      local function keep(object) kept[#kept + 1] = object return object end
      local function start()
        local group = keep(goroutine.wait_group()) group:add(1) goroutine.spawn(function() group:wait() end)
        local latch = keep(goroutine.latch(1)) goroutine.spawn(function() latch:wait() end)
        local barrier = keep(goroutine.barrier(2)) goroutine.spawn(function() barrier:wait() end)
        local cond = keep(goroutine.cond()) goroutine.spawn(function() cond:get_mutex():lock() cond:wait() end)
        local ch = goroutine.channel(1) ch:send(goroutine.latch(1))
        kept[#kept + 1] = ch
        goroutine.spawn(function() goroutine.select{ {wait = latch}, {wait = group} } end)
        -- A limit of its own, one that has crossed to another isolate, and one that a value of Swift refers to.
        goroutine.spawn(function() goroutine.latch(1):wait(300) end)
        local crossed = goroutine.latch(1)
        goroutine.spawn_isolated(function() goroutine.sleep(300) crossed:count_down() end)
        goroutine.spawn(function() crossed:wait() end)
        local queue, hidden = goroutine.priority_channel(), goroutine.latch(1)
        queue:send(hidden, 1) keep(queue)
        goroutine.spawn(function() hidden:wait() end)
        -- Whoever was signalled waits for the mutex, which another goroutine has: that need not know the condition.
        local signalled = goroutine.cond()
        goroutine.spawn(function() signalled:get_mutex():lock() signalled:wait() signalled:get_mutex():unlock() end)
        goroutine.yield()
        local mutex = signalled:get_mutex() mutex:lock() signalled:signal()
        goroutine.spawn(function() goroutine.sleep(300) mutex:unlock() end)
      end
      start()
      goroutine.sleep(200)
      t.eq(#found, 0, found[1] and table.concat(found[1].stuck, "; "))
      """)
  }

  /// To acquire here and release there is how work is bounded; whoever acquired is not the one to release.
  @Test func permitsThatAreHandedOverAreNoDeadlock() async {
    await detect(
      """
      local slots = goroutine.semaphore(2)
      for _ = 1, 6 do
        slots:acquire()
        goroutine.spawn(function() goroutine.sleep(150) slots:release() end)
      end
      t.eq(#found, 0, found[1] and table.concat(found[1].stuck, "; "))
      """)
  }

  @Test func whoCanStillBeServedIsNotStuck() async {
    await detect(
      """
      local held, keep = goroutine.channel(0, "held by main"), {}
      goroutine.spawn(function() held:receive() end)
      -- Reached through a table, an upvalue, a sleeper's stack, a thread that has not started, a coroutine.
      local function waits(name)
        local ch = goroutine.channel(0, name)
        goroutine.spawn(function() ch:receive() end)
        return ch
      end
      keep[1] = { deep = { waits("table") } }
      keep[2] = (function(ch) return function() ch:send(1) end end)(waits("upvalue"))
      goroutine.spawn(function(ch) goroutine.sleep(300) ch:send(1) end, waits("sleeper"))
      keep[3] = coroutine.create(function(ch) coroutine.yield() ch:send(1) end)
      coroutine.resume(keep[3], waits("coroutine"))
      keep[4] = setmetatable({}, { __index = waits("metatable") })
      -- A lock whose holder sleeps, a wait for a goroutine that sleeps, waits with limits, a ticker.
      local lock = goroutine.mutex("busy")
      local sleeper = goroutine.spawn(function() lock:lock() goroutine.sleep(250) lock:unlock() end)
      goroutine.spawn(function() lock:lock() lock:unlock() end)
      goroutine.spawn(function() goroutine.await(sleeper) end)
      goroutine.spawn(function() goroutine.timeout(250, function() goroutine.channel():receive() end) end)
      goroutine.spawn(function() goroutine.select_timeout(250, { {channel = goroutine.channel(), receive = true} }) end)
      local group = goroutine.wait_group() group:add(1)
      goroutine.spawn(function() group:wait() end)
      goroutine.spawn(function() goroutine.ticker(100):receive() end)
      goroutine.spawn(function() goroutine.context():with_timeout(250):done():receive() end)
      goroutine.sleep(200)
      t.eq(#found, 0, found[1] and table.concat(found[1].stuck, "; "))
      lock = nil
      """)
  }

  @Test func whatWaitsForTheStuckIsStuckToo() async {
    await detect(
      """
      local lock = goroutine.mutex("never free")
      local holder = goroutine.spawn(function() lock:lock() goroutine.channel(0, "orphan"):receive() end)
      goroutine.sleep(1)
      goroutine.spawn(function() lock:lock() end)
      goroutine.spawn(function() goroutine.await(holder) end)
      goroutine.sleep(100)
      t.eq(#found, 1) t.eq(found[1].stuck_count, 3)
      holder:cancel()
      goroutine.spawn(function() goroutine.channel(0, "another"):receive() end)
      goroutine.sleep(100)
      t.eq(#found, 2) t.eq(found[2].stuck_count, 1, "the mutex died with its holder, but another may unlock it")
      """)
  }

  @Test func circlesAcrossIsolatesAreFound() async {
    await detect(
      """
      local first, second = goroutine.mutex("first"), goroutine.mutex("second")
      local ready = goroutine.wait_group() ready:add(2)
      goroutine.spawn_isolated(function() first:lock() ready:done() ready:wait() second:lock() end)
      goroutine.spawn(function() second:lock() ready:done() ready:wait() first:lock() end)
      for _ = 1, 1000 do if #found > 0 then break end goroutine.sleep(10) end
      t.eq(#found, 1)
      local cycle = table.concat(found[1].cycle, "; ")
      part(cycle, '"first"') part(cycle, '"second"')
      """)
  }

  @Test func theLibrarysGraphHasTheGoroutinesOfScripts() async throws {
    let script = Script()
    _ = try await script.main(
      """
      local m = goroutine.mutex("m")
      goroutine.spawn(function() m:lock() m:lock() end)
      goroutine.spawn(function() goroutine.channel(0, "jobs"):receive() end)
      goroutine.sleep(1)
      """)
    var waits: [WaitSnapshot] = []
    while waits.isEmpty {  // the isolate may not have parked yet
      waits = script.runtime.snapshots()
      await Task.yield()
    }
    let graph = WaitGraph(waits)
    #expect(
      waits.map(\.description).sorted() == [
        "goroutine 2 (at script.lua:2, spawned at script.lua:2) waits for mutex \"m\"",
        "goroutine 3 (at script.lua:3, spawned at script.lua:3) waits to receive from channel \"jobs\"",
      ])
    #expect(
      graph.stuck().map(\.number) == [2], "anybody might send to the channel, as far as the library knows")
    await script.runtime.shutdown()
  }

  @Test func aGlobalStallIsToldBeforeTheRunEnds() async throws {
    let script = Script()
    await #expect(throws: LuaError.self) {
      try await script.run(
        """
        local detector = goroutine.deadlock_detector{ check_interval = 1000, timeout = 5000 }
        detector:start()
        detector:on_deadlock(function(info) print(info.stuck_count, info.blocked_channels, info.cycle[1]) end)
        goroutine.channel(0, "never"):receive()
        """)
    }
    #expect(
      script.output
        == "1\tnever\tgoroutine 1 \"main\" (at script.lua:4) waits to receive from channel \"never\"\n")
  }

  @Test func aStallInASelectOverLocksIsToldToo() async throws {
    let script = Script()
    await #expect(throws: LuaError.self) {
      try await script.run(
        """
        local detector, lock = goroutine.deadlock_detector{}, goroutine.mutex("m")
        detector:start()
        detector:on_deadlock(function(info) print(info.stuck_count, info.stuck[1]) end)
        lock:lock()
        goroutine.select{ {lock = lock}, {wait = goroutine.latch(1, "l")} }
        """)
    }
    #expect(
      script.output
        == "1\tgoroutine 1 \"main\" (at script.lua:5) waits in select on mutex \"m\", latch \"l\"\n")
  }

  @Test func aHandlerMayMendAStall() async {
    await check(
      """
      local detector, ch = goroutine.deadlock_detector{}, goroutine.channel(0, "stuck")
      detector:start()
      detector:on_deadlock(function() ch:send("mended") end)
      t.eq(ch:receive(), "mended")
      """)
  }

  @Test func aHandlerThatFailsIsReported() async throws {
    let script = Script()
    try await script.run(
      """
      local detector = goroutine.deadlock_detector{ check_interval = 10, timeout = 10, name = "watch" }
      detector:start()
      detector:on_deadlock(function() error("broken handler") end)
      goroutine.spawn(function() goroutine.channel():receive() end)
      goroutine.sleep(100)
      detector:stop()
      goroutine.spawn(function() goroutine.channel():receive() end)
      goroutine.sleep(100)
      """)
    #expect(script.reports.map(\.error.message) == ["script.lua:3: broken handler"])
  }

  @Test(arguments: [
    ("goroutine.deadlock_detector{timeout = -1}", "option 'timeout': milliseconds of at least 0 expected"),
    ("goroutine.deadlock_detector{check_interval = 0}", "option 'check_interval': milliseconds above 0"),
    ("goroutine.deadlock_detector{interval = 1}", "unknown option 'interval'; known: check_interval"),
    ("goroutine.deadlock_detector{}:on_deadlock(5)", "(function expected, got number)"),
  ])
  func misuseIsAnErrorAtItsLine(source: String, part: String) async {
    let error = await Script().error("\n" + source)
    #expect(error.message.hasPrefix("script.lua:2: "), "\(error.message)")
    #expect(error.message.contains(part), "\(error.message)")
  }
}
