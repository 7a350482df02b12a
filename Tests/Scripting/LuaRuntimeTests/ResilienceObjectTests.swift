import RevoadaLua
import Testing

@Suite(.timeLimit(.minutes(10))) struct ResilienceObjectTests {
  @Test func aPartitionNeverTakesThePlacesOfAnother() async {
    await check(
      """
      local bulkhead = goroutine.bulkhead{ partitions = { api = { max_concurrent = 2, max_queue = 1 }, db = { max_concurrent = 1 } } }
      local hold, results = goroutine.channel(), {}
      for i = 1, 4 do
        goroutine.spawn(function()
          local ok, answer = bulkhead:execute("api", function(n) hold:receive() return n * 10 end, i)
          results[i] = ok and answer or answer
        end)
      end
      goroutine.sleep(1)
      t.eq(results[4], 'bulkhead "api" is full: 2 run and 1 wait')
      local stats = bulkhead:stats()
      t.eq(stats.api.running, 2) t.eq(stats.api.waiting, 1) t.eq(stats.api.refused, 1) t.eq(stats.db.running, 0)
      t.eq(select(2, bulkhead:execute("db", function() return "free" end)), "free")
      for _ = 1, 3 do hold:send(true) end
      goroutine.sleep(1)
      t.eq(table.concat(results, " ", 1, 3), "10 20 30")
      stats = bulkhead:stats().api
      t.eq(stats.completed, 3) t.eq(stats.running + stats.waiting, 0)
      """)
  }

  @Test func aQueueOfZeroRefusesAndAnAbsentOneHasNoEnd() async {
    await check(
      """
      local bulkhead = goroutine.bulkhead{ partitions = { strict = { max_concurrent = 1, max_queue = 0 }, patient = { max_concurrent = 1 } } }
      for _, name in ipairs{ "strict", "patient" } do
        local fine = 0
        local handles = goroutine.spawn_many(20, function()
          if bulkhead:execute(name, function() goroutine.sleep(1) end) then fine = fine + 1 end
        end)
        goroutine.await_all(handles)
        t.eq(fine, name == "strict" and 1 or 20)
      end
      """)
  }

  @Test func aKilledCallGivesItsPlaceBack() async {
    await check(
      """
      local bulkhead = goroutine.bulkhead{ partitions = { p = { max_concurrent = 1 } } }
      local function hang() goroutine.sleep(1e6) end
      local inside = goroutine.spawn(function() bulkhead:execute("p", hang) end)
      local waiting = goroutine.spawn(function() bulkhead:execute("p", hang) end)
      goroutine.sleep(1)
      waiting:cancel() inside:cancel() goroutine.sleep(1)
      t.eq(bulkhead:execute("p", function() return true end), true)
      local stats = bulkhead:stats().p
      t.eq(stats.running, 0) t.eq(stats.waiting, 0) t.eq(stats.cancelled, 1)
      """)
  }

  @Test func aHedgeTakesTheFirstSuccessAndEndsTheRest() async {
    await check(
      """
      local started, ended = 0, 0
      local function attempt(base)
        started = started + 1
        local me = started
        local guard <close> = setmetatable({}, { __close = function() ended = ended + 1 end })
        goroutine.sleep(me == 1 and 1000 or 20)
        return base + me, "extra"
      end
      local value, extra = goroutine.hedge({ delay = 50 }, attempt, 100)
      t.eq(value, 102) t.eq(extra, "extra")
      goroutine.sleep(1)
      t.eq(started, 2) t.eq(ended, 2, "the slow one was ended")
      local attempts = 0
      local none, err = goroutine.hedge({ delay = 5, max_attempts = 3 }, function()
        attempts = attempts + 1
        error("down " .. attempts)
      end)
      t.eq(none, nil) t.eq(attempts, 3) t.eq(err:find("down 3", 1, true) ~= nil, true, err)
      """)
  }

  @Test func aPolicyAppliesItsLayersFromTheFirstInwards() async {
    await check(
      """
      local breaker = goroutine.circuit_breaker{ threshold = 100 }
      local attempts = 0
      local function slow_twice(...)
        attempts = attempts + 1
        if attempts <= 2 then goroutine.sleep(1000) end
        return attempts, ...
      end
      local careful = goroutine.policy{
        { timeout = 10000 },
        { retry = { max_attempts = 4, initial_delay = 10, jitter = false } },
        { breaker = breaker },
        { timeout = 50 },
      }
      local ok, value, extra = careful:execute(slow_twice, "extra")
      t.eq(ok, true) t.eq(value, 3) t.eq(extra, "extra")
      t.eq(breaker:stats().failures, 2, "the breaker is inside of the retry and sees each attempt")

      breaker, attempts = goroutine.circuit_breaker{ threshold = 100 }, -100
      local outside = goroutine.policy{ { breaker = breaker }, { retry = { max_attempts = 4, initial_delay = 1 } }, { timeout = 5 } }
      local fine, err = outside:execute(slow_twice)
      t.eq(fine, false) t.eq(err, "timeout exceeded") t.eq(attempts, -96)
      t.eq(breaker:stats().failures, 1, "outside of it, one call")
      """)
  }

  @Test func layersByNameHaveAFixedOrder() async {
    await check(
      """
      local attempts, seen = 0, nil
      local policy = goroutine.policy{
        timeout = 20, retry = { max_attempts = 3, initial_delay = 1 }, fallback = function(why) seen = why return "instead" end,
      }
      local ok, value = policy:execute(function() attempts = attempts + 1 goroutine.sleep(1000) end)
      t.eq(ok, true) t.eq(value, "instead") t.eq(attempts, 3, "each attempt has its time") t.eq(seen, "timeout exceeded")
      """)
  }

  @Test func everyKindOfLayerCanBePartOfAPolicy() async {
    await check(
      """
      local bulkhead = goroutine.bulkhead{ partitions = { api = { max_concurrent = 1, max_queue = 0 } } }
      local limiter = goroutine.rate_limiter{ rate = 10, per = 1000, burst = 2 }
      local adaptive = goroutine.adaptive_limiter{ initial = 1, maximum = 4 }
      local inner = goroutine.policy{ hedge = { delay = 5 } }
      local policy = goroutine.policy{
        { limiter = limiter, permits = 2 }, { bulkhead = bulkhead, partition = "api" }, { adaptive = adaptive }, { policy = inner },
      }
      local calls, other = 0, nil
      local ok, value = policy:execute(function()
        calls = calls + 1
        if calls == 1 then
          other = { policy:execute(print) }
          goroutine.sleep(1000)
        end
        return "done"
      end)
      t.eq(ok, true) t.eq(value, "done")
      t.eq(limiter:available(), 0)
      t.eq(bulkhead:stats().api.completed, 1) t.eq(adaptive:stats().completed, 1) t.eq(adaptive:limit() >= 1, true)
      """)
  }

  @Test func anAdaptiveLimiterRefusesWhatItHasNoPlaceFor() async {
    await check(
      """
      local limiter = goroutine.adaptive_limiter{ name = "search", initial = 1, maximum = 1 }
      goroutine.spawn(function() limiter:execute(function() goroutine.sleep(10) end) end)
      goroutine.sleep(1)
      local ok, err = limiter:execute(error)
      t.eq(ok, false) t.eq(err, 'bulkhead "search" is full: 1 run and 0 wait')
      """)
  }

  @Test(arguments: [
    ("goroutine.bulkhead{}", "option 'partitions': at least one partition expected, got nothing"),
    ("goroutine.bulkhead{partitions = {a = {}}}", "option 'partitions.a.max_concurrent': whole number"),
    (
      "goroutine.bulkhead{partitions = {a = {max_concurrent = 0}}}",
      "option 'partitions.a.max_concurrent': whole number of at least 1 expected, got 0"
    ),
    ("goroutine.bulkhead{partitions = {a = 5}}", "option 'partitions.a': table expected, got number"),
    ("goroutine.bulkhead{partitions = {5}}", "option 'partitions': a table by name expected, got a list"),
    (
      "goroutine.bulkhead{partitions = {a = {max = 5}}}",
      "unknown option 'partitions.a.max'; known: max_concurrent, max_queue"
    ),
    (
      "goroutine.bulkhead{partitions = {a = {max_concurrent = 1}}}:execute('nowhere', print)",
      "no partition \"nowhere\"; there are: a"
    ),
    (
      "goroutine.bulkhead{partitions = {a = {max_concurrent = 1}}}:execute('a')",
      "bad argument #2 to 'execute' (function expected, got no value)"
    ),
    ("goroutine.hedge({}, print)", "option 'delay': milliseconds expected, got nothing"),
    ("goroutine.hedge({delay = 1, max_attempts = 0}, print)", "option 'max_attempts': whole number from 1"),
    ("goroutine.policy{}", "at least one of 'fallback', 'policy', 'retry'"),
    ("goroutine.policy{ {timeout = 1, retry = {}} }", "layer 1: exactly one of 'fallback'"),
    ("goroutine.policy{ {timeout = 1}, retry = {} }", "in a list, or by name, not both"),
    ("goroutine.policy{ {retry = {max_attempts = 0}} }", "option 'layer 1.retry.max_attempts': whole number"),
    ("goroutine.policy{ {}, {timeout = 1} }", "layer 1: exactly one of"),
    ("goroutine.policy{ 5 }", "option 'layer 1': table expected, got number"),
    ("goroutine.policy{ breaker = 5 }", "option 'breaker': circuit_breaker expected, got number"),
    (
      "goroutine.policy{ bulkhead = goroutine.bulkhead{partitions = {a = {max_concurrent = 1}}, name = 'b'}, partition = 'c' }",
      "option 'partition': bulkhead \"b\" has no partition \"c\""
    ),
    ("goroutine.adaptive_limiter{minimum = 5, maximum = 2}", "maximum must be at least the minimum of 5"),
    ("goroutine.adaptive_limiter{algorithm = 'x'}", "unknown value 'x'; use one of \"gradient\", \"aimd\""),
  ])
  func misuseIsAnErrorAtItsLine(source: String, part: String) async {
    let error = await Script().error("\n" + source)
    #expect(error.message.hasPrefix("script.lua:2: "), "\(error.message)")
    #expect(error.message.contains(part), "\(error.message)")
  }
}
