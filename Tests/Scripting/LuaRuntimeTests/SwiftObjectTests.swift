import RevoadaLua
import Testing

/// What holds for every Swift object that scripts use, tried on pools, breakers and limiters.
@Suite(.timeLimit(.minutes(10))) struct SwiftObjectTests {
  @Test func tablesAndFunctionsPassThroughSwiftAndStayWhatTheyAre() async {
    await check(
      """
      local breaker, object = goroutine.circuit_breaker{}, { deep = {} }
      local ok, a, b, c, d = breaker:call(function(...) return ... end, object, nil, print, "text")
      t.eq(ok, true) t.eq(a, object) t.eq(b, nil) t.eq(c, print) t.eq(d, "text")
      local seen
      local pool = goroutine.priority_worker_pool{ workers = 1, fn = function(task) seen = task end }
      pool:submit(object) pool:wait()
      t.eq(seen, object) t.eq(seen.deep, object.deep)
      local channel = goroutine.channel(1)
      t.eq(select(2, breaker:call(function(ch) ch:send(1) return ch end, channel)), channel, "a local channel, too")
      t.eq(channel:len(), 1)
      """)
  }

  @Test func whatSwiftHeldIsGivenBackExactlyOnce() async {
    await check(
      """
      local weak = setmetatable({}, { __mode = "k" })
      local function use()
        local pool = goroutine.priority_worker_pool{ workers = 2, fn = function(task) goroutine.yield() return task end }
        for i = 1, 200 do
          local task = { i }
          weak[task] = true
          pool:submit(task, i)
        end
        pool:wait() pool:close()
      end
      use()
      goroutine.sleep(1)
      collectgarbage() collectgarbage()
      t.eq(next(weak), nil, "nothing is held any more")
      """)
  }

  @Test func goroutinesGoOnInTheOrderInWhichTheyBecameReady() async {
    await check(
      """
      local limiter, order = goroutine.rate_limiter{ rate = 10, per = 1000, burst = 1 }, {}
      for i = 1, 6 do goroutine.spawn(function() limiter:wait() order[#order + 1] = i end) end
      goroutine.sleep(550)
      t.eq(table.concat(order, ","), "1,2,3,4,5,6")
      local bounded = goroutine.bounded_parallel{ max_parallel = 3 }
      order = {}
      for i = 1, 6 do bounded:submit(function() goroutine.sleep(5) order[#order + 1] = i end) end
      bounded:wait_all()
      t.eq(table.concat(order, ","), "1,2,3,4,5,6")
      """)
  }

  @Test func swiftsTimersFollowTheIsolatesClock() async {
    await check(
      """
      local breaker = goroutine.circuit_breaker{ threshold = 1, timeout = 3600000 }
      breaker:call(error, "down")
      t.eq(breaker:state(), "open")
      goroutine.sleep(3599000) t.eq(breaker:state(), "open")
      goroutine.sleep(1001) t.eq(breaker:state(), "half-open")
      local attempts = 0
      local result = goroutine.retry({ max_attempts = 4, initial_delay = 1000000, jitter = false }, function()
        attempts = attempts + 1
        return attempts == 4 and "at last" or nil, "not yet"
      end)
      t.eq(result, "at last") t.eq(attempts, 4)
      """)
  }

  @Test func aWaitForEverInsideOfSwiftIsADeadlock() async {
    let error = await Script().error(
      """
      local gate = goroutine.channel(0, "gate")
      local pool = goroutine.bounded_parallel{ max_parallel = 1, name = "jobs" }
      pool:submit(function() gate:receive() end)
      goroutine.spawn(function() goroutine.retry({ initial_delay = 5 }, function() gate:receive() end) end)
      goroutine.sleep(50)
      pool:wait_all()
      """)
    #expect(error.kind == .deadlock)
    let lines = error.message.split(separator: "\n").map(String.init)
    #expect(lines.first == "script.lua:6: deadlock: every goroutine waits for ever")
    #expect(lines.contains("  main waits for bounded_parallel \"jobs\" at script.lua:6"))
    #expect(
      lines.contains(
        "  task of bounded_parallel \"jobs\" waits to receive from channel \"gate\" at script.lua:3"))
    #expect(lines.contains { $0.hasSuffix(" waits in goroutine.retry at script.lua:4") })
    #expect(lines.contains("  retried function waits to receive from channel \"gate\" at script.lua:4"))
  }

  @Test func anIdlePoolIsNoReasonToGoOn() async {
    let error = await Script().error(
      """
      local pool = goroutine.adaptive_pool{ min_workers = 1, max_workers = 4, check_interval = 10 }
      pool:process(function() end)
      pool:submit(1) pool:wait()
      goroutine.channel():receive()
      """)
    #expect(error.kind == .deadlock)
  }

  @Test func killingAGoroutineEndsItsCallAndLeavesNoTrace() async {
    await check(
      """
      local limiter = goroutine.rate_limiter{ rate = 1, per = 1000, burst = 1 }
      limiter:wait()
      local ok, err = goroutine.timeout(10, function() limiter:wait() end)
      t.eq(ok, false) t.eq(err, "timeout exceeded")
      goroutine.sleep(1000)
      t.eq(limiter:try_acquire(), true, "the permit was not taken")

      local breaker, closed, went_on = goroutine.circuit_breaker{ threshold = 1 }, 0, false
      local handle = goroutine.spawn(function()
        breaker:call(function()
          local guard <close> = setmetatable({}, { __close = function() closed = closed + 1 end })
          goroutine.sleep(1e6)
        end)
        went_on = true
      end)
      goroutine.sleep(5)
      handle:cancel()
      goroutine.sleep(5)
      t.eq(closed, 1, "its function was killed, too") t.eq(went_on, false)
      t.eq(breaker:state(), "closed", "a cancelled call is no failure") t.eq(breaker:stats().running, 0)

      local pool, gate = goroutine.bounded_parallel{ max_parallel = 1, queue_size = 0 }, goroutine.channel()
      pool:submit(function() gate:receive() end)
      t.eq(goroutine.timeout(5, function() pool:submit(function() error("never") end) end), false)
      gate:send(1) pool:wait_all()
      t.eq(pool:stats().completed, 1) t.eq(pool:stats().failed, 0)
      """)
  }

  @Test func aFunctionThatNeverWaitsIsStoppedToo() async {
    await check(
      """
      local breaker = goroutine.circuit_breaker{}
      local ok, err = goroutine.timeout(20, function() breaker:call(function() while true do end end) end)
      t.eq(ok, false) t.eq(err, "timeout exceeded")
      """, clock: VirtualClock(tick: .microseconds(100)))
  }

  @Test func functionsMayUseTheObjectThatCallsThem() async {
    await check(
      """
      local done, pool = 0, nil
      pool = goroutine.priority_worker_pool{ workers = 2, fn = function(n)
        done = done + 1
        if n > 0 then pool:submit(n - 1, n) end
      end }
      pool:submit(20) pool:wait()
      t.eq(done, 21)
      local breaker = goroutine.circuit_breaker{}
      t.eq(select(3, breaker:call(function() return breaker:call(function() return breaker:state() end) end)), "closed")
      local batch, sizes = nil, {}
      batch = goroutine.batch_processor{ batch_size = 2, fn = function(list)
        sizes[#sizes + 1] = #list
        if #sizes == 1 then batch:add(3) end
      end }
      batch:add(1) batch:add(2) goroutine.sleep(1) batch:close()
      t.eq(table.concat(sizes, ","), "2,1")
      """)
  }

  @Test func errorsOfFunctionsAreStringsWithTheirPlace() async {
    await check(
      """
      local breaker = goroutine.circuit_breaker{ threshold = 100 }
      local cases = {
        { function() error("text") end, "script.lua:3: text" },
        { function() error({ message = "in a table" }) end, "in a table" },
        { function() return nil, "returned" end, "returned" },
        { function() local x = nil x.y = 1 end, "attempt to index a nil value" },
        { function() error() end, "error object is a nil value" },
      }
      for _, case in ipairs(cases) do
        local ok, err = breaker:call(case[1])
        t.eq(ok, false) t.eq(type(err), "string")
        t.eq(err:find(case[2], 1, true) ~= nil, true, err)
      end
      t.eq(breaker:stats().failures, 5)
      """)
  }

  @Test func objectsCrossToOtherIsolatesByReference() async {
    await check(
      """
      local seen, pool = {}, nil
      pool = goroutine.priority_worker_pool{ workers = 2, fn = function(task) seen[#seen + 1] = task end }
      local limiter = goroutine.rate_limiter{ rate = 10, per = 1000, burst = 5 }
      local handles = {}
      for n = 1, 4 do
        handles[n] = goroutine.spawn_isolated(function()
          for i = 1, 50 do pool:submit({ n = n, i = i, add = function(x) return x + n end }) end
          return limiter:try_acquire(), pool
        end)
      end
      for n = 1, 4 do
        local ok, acquired, same = goroutine.await(handles[n])
        t.eq(ok, true) t.eq(acquired, true) t.eq(same, pool)
      end
      pool:wait()
      t.eq(#seen, 200) t.eq(limiter:available(), 1)
      for _, task in ipairs(seen) do t.eq(task.add(task.i), task.i + task.n, "functions were copied with what they use") end
      """)
  }

  @Test func functionsRunInTheIsolateThatMadeThem() async {
    await check(
      """
      local here, breaker = 0, goroutine.circuit_breaker{}
      local batch = goroutine.batch_processor{ batch_size = 10, fn = function(list) here = here + #list end }
      local ok, answer = goroutine.await(goroutine.spawn_isolated(function()
        local there = 0
        for i = 1, 25 do batch:add({ i }) end
        breaker:call(function() there = there + 1 end)
        return there
      end))
      t.eq(ok, true) t.eq(answer, 1)
      batch:close()
      t.eq(here, 25)
      """)
  }

  @Test func whatCannotBeCopiedIsAnErrorForWhoeverTakesIt() async {
    await check(
      """
      local failures = {}
      local pool = goroutine.bounded_parallel{ max_parallel = 1, isolated = true }
      local handle = goroutine.spawn(function() goroutine.sleep(1) end)
      pool:submit(function() return handle end)
      pool:wait_all()
      t.eq(pool:stats().last_error:find("cannot copy a goroutine handle", 1, true) ~= nil, true)
      """)
  }

  @Test func whereNobodyCanWaitACallThatWouldIsAnError() async {
    await check(
      """
      local limiter = goroutine.rate_limiter{ rate = 1, per = 1000, burst = 1, name = "slow" }
      t.fails(function() table.sort({ 2, 1, 3 }, function() limiter:wait() return false end) end,
        'cannot wait for rate_limiter "slow" here')
      goroutine.sleep(2000)
      t.eq(limiter:try_acquire(), true)
      """)
  }

  @Test func shuttingDownEndsWhatSwiftIsAt() async throws {
    let script = Script()
    let results = try await script.main(
      """
      local pool = goroutine.bounded_parallel{ max_parallel = 2 }
      for i = 1, 50 do goroutine.spawn(function() pool:submit(function() goroutine.sleep(1e9) end) end) end
      goroutine.spawn(function() pool:wait_all() end)
      goroutine.spawn(function() goroutine.retry({ max_attempts = 1000, initial_delay = 1e6 }, error) end)
      goroutine.sleep(10)
      return pool:stats().active
      """)
    #expect(results == [2])
    await script.runtime.shutdown()
  }

  @Test(arguments: [
    ("goroutine.rate_limiter{}", "option 'rate': number above 0 expected, got nothing"),
    ("goroutine.rate_limiter{rate = 0}", "option 'rate': number above 0 expected, got 0"),
    ("goroutine.rate_limiter{rate = 0/0}", "option 'rate': number above 0 expected"),
    ("goroutine.rate_limiter{rate = 5, brust = 2}", "unknown option 'brust'; known: burst, name, per, rate"),
    ("goroutine.rate_limiter{rate = 5}:wait(0)", "the number of permits must be positive"),
    ("goroutine.rate_limiter{rate = 5, burst = 2}:wait(3)", "3 were requested at once, but the burst is 2"),
    (
      "goroutine.circuit_breaker{threshold = 0}",
      "option 'threshold': whole number of at least 1 expected, got 0"
    ),
    ("goroutine.circuit_breaker{timeout = -1}", "option 'timeout': milliseconds above 0 expected, got -1"),
    ("goroutine.circuit_breaker{}:call(5)", "bad argument #1 to 'call' (function expected, got number)"),
    ("goroutine.circuit_breaker{}.call({}, print)", "circuit_breaker expected, got table"),
    ("goroutine.retry({max_attempts = 0}, print)", "option 'max_attempts': whole number of at least 1"),
    ("goroutine.retry({multiplier = 0.5}, print)", "option 'multiplier': number from 1.0"),
    (
      "goroutine.retry({jitter = 'some'}, print)",
      "option 'jitter': unknown value 'some'; use one of \"full\""
    ),
    ("goroutine.retry({})", "bad argument #2 to 'retry' (function expected, got no value)"),
    ("goroutine.priority_worker_pool{fn = print, workers = 1.5}", "option 'workers': whole number"),
    ("goroutine.priority_worker_pool{workers = 2}", "option 'fn': function expected, got nothing"),
    ("goroutine.priority_worker_pool{fn = print, ageing = 5}", "option 'ageing': at least 1000 milliseconds"),
    ("goroutine.adaptive_pool{min_workers = 5, max_workers = 2}", "at least min_workers (5) expected, got 2"),
    ("goroutine.adaptive_pool{scale_up_threshold = 0.1}", "at least scale_down_threshold (0.2) expected"),
    ("goroutine.adaptive_pool{}:submit(1)", "call process(fn) first"),
    ("goroutine.bounded_parallel{max_parallel = 0}", "option 'max_parallel': whole number from 1"),
    ("goroutine.bounded_parallel{queue_size = -1}", "option 'queue_size': whole number of at least 0"),
    ("goroutine.bounded_parallel{on_full = 'drop'}", "unknown value 'drop'; use one of \"block\", \"error\""),
    (
      "local p = goroutine.bounded_parallel{name = 'shut'} p:close() p:submit(print)",
      "is closed: it takes no more tasks"
    ),
    (
      "goroutine.batch_processor{batch_size = 0, fn = print}",
      "option 'batch_size': whole number of at least 1"
    ),
    ("goroutine.batch_processor{batch_size = 5}", "option 'fn': function expected, got nothing"),
    ("local b = goroutine.batch_processor{fn = print} b:close() b:add(1)", "is closed"),
  ])
  func misuseIsAnErrorAtItsLine(source: String, part: String) async {
    let error = await Script().error("\n" + source)
    #expect(error.message.hasPrefix("script.lua:2: "), "\(error.message)")
    #expect(error.message.contains(part), "\(error.message)")
  }
}
