import RevoadaLua
import Testing

/// Caches and object pools of scripts.
@Suite(.timeLimit(.minutes(10))) struct CacheObjectTests {
  @Test func oneLoadForAHundredCallers() async {
    await check(
      """
      local loads = 0
      local cache = goroutine.coalescing_cache{ ttl = 400, loader = function(key)
        loads = loads + 1
        goroutine.sleep(10)
        if key == "bad" then error("no " .. key) end
        if key == "none" then return nil, "none of it" end
        return { key = key, load = loads }
      end }
      local found = {}
      goroutine.await_all(goroutine.spawn_many(100, function(n) found[n] = cache:get("k") end))
      t.eq(loads, 1) t.eq(found[1], found[100], "the same table")
      goroutine.sleep(500)
      t.eq(cache:get("k").load, 2, "expired")
      cache:invalidate("k")
      t.eq(cache:get("k").load, 3)
      local nothing, err = cache:get("bad")
      t.eq(nothing, nil) t.eq(err, "script.lua:5: no bad")
      t.eq(select(2, cache:get("none")), "none of it")
      t.eq(cache:peek("k").load, 3) t.eq(cache:peek("other"), nil)
      cache:set("other", 5) t.eq(cache:get("other"), 5)
      cache:invalidate_all() t.eq(cache:peek("other"), nil)
      local stats = cache:stats()
      t.eq(stats.loads, 5) t.eq(stats.load_failures, 2) t.eq(stats.coalesced, 99)
      """)
  }

  @Test func aLoadThatBeganBeforeAnInvalidationNeverPublishes() async {
    await check(
      """
      local version = 1
      local cache = goroutine.coalescing_cache{ loader = function() local seen = version goroutine.sleep(10) return seen end }
      local early = goroutine.async(function() return cache:get("k") end)
      goroutine.sleep(5)
      version = 2
      cache:invalidate("k")
      t.eq(cache:get("k"), 2)
      t.eq(select(2, goroutine.await(early)), 1)
      t.eq(cache:get("k"), 2, "the old value did not come back")
      """)
  }

  @Test func aCallerThatLeavesEndsALoadNobodyWaitsFor() async {
    await check(
      """
      local ended = 0
      local cache = goroutine.coalescing_cache{ loader = function()
        local guard <close> = setmetatable({}, { __close = function() ended = ended + 1 end })
        goroutine.sleep(1e6)
      end }
      t.eq(goroutine.timeout(10, function() cache:get("k") end), false)
      goroutine.sleep(5)
      t.eq(ended, 1) t.eq(cache:stats().loads, 1)
      """)
  }

  @Test func negativeAnswersAndStaleValues() async {
    await check(
      """
      local loads = 0
      local function loader(key) loads = loads + 1 if key == "no" then error("no") end return loads end
      local cache = goroutine.coalescing_cache{ ttl = 100, negative_ttl = 50, stale_for = 1000, loader = loader }
      cache:get("no") cache:get("no") t.eq(loads, 1)
      goroutine.sleep(60) cache:get("no") t.eq(loads, 2)
      t.eq(cache:get("k"), 3)
      goroutine.sleep(150)
      t.eq(cache:get("k"), 3, "the old value while a new one is loaded")
      goroutine.sleep(5)
      t.eq(cache:get("k"), 4)
      """)
  }

  @Test func tagsForgetTheirEntries() async {
    await check(
      """
      local cache = goroutine.tagged_cache{ ttl = 1000 }
      cache:set("a", 1, { "x", "y" }) cache:set("b", { 2 }, { "y" }) cache:set("c", 3) cache:set("d", 4, {}, 10)
      cache:invalidate_tag("x")
      t.eq(cache:get("a"), nil) t.eq(cache:get("b")[1], 2)
      goroutine.sleep(20)
      t.eq(cache:get("d"), nil, "a time to live of its own")
      cache:invalidate("c") t.eq(cache:get("c"), nil)
      goroutine.sleep(1000)
      t.eq(cache:get("b"), nil)
      """)
  }

  @Test func keysAreComparedAsLuaComparesThem() async {
    await check(
      """
      local cache = goroutine.cache{ max = 100 }
      cache:set(1, "one") cache:set("1", "text") cache:set(true, "yes") cache:set(1.5, "half")
      t.eq(cache:get(1.0), "one") t.eq(cache:get("1"), "text") t.eq(cache:get(true), "yes") t.eq(cache:get(1.5), "half")
      t.fails(function() cache:get({}) end, "key expected: a string, a number or a boolean, got table")
      t.fails(function() cache:set(0/0, 1) end, "NaN")
      t.fails(function() cache:get(nil) end, "got no value")
      """)
  }

  @Test func aLoaderThatAsksForItsOwnKeyIsADeadlockThatSaysSo() async {
    let error = await Script().error(
      """
      local cache
      cache = goroutine.coalescing_cache{ name = "loop", loader = function(key) return cache:get(key) end }
      cache:get("k")
      """)
    #expect(error.kind == .deadlock)
    #expect(error.message.contains("main waits for coalescing_cache \"loop\" at script.lua:3"))
    #expect(error.message.contains("loader of coalescing_cache \"loop\" waits for coalescing_cache \"loop\""))
  }

  @Test func objectsAreLentToOneBorrowerAtATime() async {
    await check(
      """
      local made, gone, active, peak = 0, 0, 0, 0
      local pool = goroutine.object_pool{ max = 3, name = "conns",
        create = function() goroutine.sleep(1) made = made + 1 return { n = made } end,
        destroy = function() gone = gone + 1 end }
      goroutine.await_all(goroutine.spawn_many(20, function()
        local object = pool:acquire()
        t.eq(object.lent, nil) object.lent = true
        active = active + 1 peak = math.max(peak, active)
        goroutine.sleep(2)
        active = active - 1 object.lent = nil
        pool:release(object)
      end))
      t.eq(made, 3) t.eq(peak, 3) t.eq(pool:stats().loans, 20)
      local a = pool:acquire()
      pool:discard(a)
      t.fails(function() pool:release(a) end, 'object_pool "conns" has not lent')
      t.fails(function() pool:release({}) end, "has not lent")
      t.eq(pcall(pool.use, pool, function() error("broken") end), false)
      t.eq(pool:stats().borrowed, 0, "it came back in spite of the error")
      pool:close()
      t.eq(gone, 3)
      t.fails(function() pool:acquire() end, "the object pool conns is closed")
      """)
  }

  @Test func borrowersThatAreKilledLeaveNoTrace() async {
    await check(
      """
      local pool = goroutine.object_pool{ max = 1, create = function() return {} end }
      local object = pool:acquire()
      local waiting = goroutine.spawn(function() pool:acquire() error("never") end)
      goroutine.yield()
      pool:release(object)
      waiting:cancel()
      goroutine.sleep(1)
      t.eq(pool:stats().borrowed, 0) t.eq(pool:acquire(), object)
      local nothing, err = pool:acquire(10)
      t.eq(nothing, nil) t.eq(err:find("timeout", 1, true) ~= nil, true)
      """)
  }

  @Test func unfitObjectsAreReplaced() async {
    await check(
      """
      local made = 0
      local pool = goroutine.object_pool{ max = 2, create = function() made = made + 1 return { n = made } end,
        validate = function(object) return object.n > 1 end }
      pool:use(function(object) t.eq(object.n, 1) end)
      pool:use(function(object) t.eq(object.n, 2) end)
      t.eq(pool:stats().validation_failures, 1)
      local failing = goroutine.object_pool{ create = function() return nil, "no server" end }
      t.eq(select(2, failing:acquire()), "no server")
      t.eq(select(2, failing:use(print)), "no server")
      """)
  }

  @Test(arguments: [
    ("goroutine.coalescing_cache{ttl = 5}", "option 'loader': function expected, got nothing"),
    (
      "goroutine.coalescing_cache{loader = print, ttl = 0}",
      "option 'ttl': milliseconds above 0 expected, got 0"
    ),
    ("goroutine.coalescing_cache{loader = print, max = 0}", "option 'max': whole number of at least 1"),
    ("goroutine.cache{tll = 5}", "unknown option 'tll'; known: jitter, max, name"),
    ("goroutine.cache{jitter = 2}", "option 'jitter': number from 0.0 to 1.0"),
    ("goroutine.cache{}:set('a', 1, -5)", "bad argument #3 to 'set' (milliseconds above 0 expected)"),
    ("goroutine.tagged_cache{}:set('a', 1, 'tag')", "bad argument #3 to 'set' (table expected, got string)"),
    ("goroutine.tagged_cache{}:set('a', 1, {5})", "tag 1 must be a string, got number"),
    ("goroutine.object_pool{}", "option 'create': function expected, got nothing"),
    ("goroutine.object_pool{create = print, max = 2, min = 3}", "option 'min': whole number from 0 to 2"),
  ])
  func misuseIsAnErrorAtItsLine(source: String, part: String) async {
    let error = await Script().error("\n" + source)
    #expect(error.message.hasPrefix("script.lua:2: "), "\(error.message)")
    #expect(error.message.contains(part), "\(error.message)")
  }
}

/// `goroutine.map`.
@Suite(.timeLimit(.minutes(10))) struct MapTests {
  @Test func everyItemHasAnOutcomeInOrder() async {
    await check(
      """
      local active, top, tries = 0, 0, {}
      local items = {}
      for i = 1, 12 do items[i] = { id = i } end
      local results = goroutine.map(items, function(item, index)
        t.eq(item.id, index)
        active = active + 1 top = math.max(top, active)
        goroutine.sleep(20 - index)
        active = active - 1
        tries[index] = (tries[index] or 0) + 1
        if index == 5 and tries[5] < 3 then error("flaky") end
        if index == 9 then error("broken") end
        return item
      end, { limit = 5, retry = { max_attempts = 4, initial_delay = 1 }, timeout = 2000, deadline = 5000 })
      t.eq(top, 5) t.eq(#results, 12)
      t.eq(results[1].value, items[1], "the same table") t.eq(results[5].attempts, 3)
      t.eq(results[9].attempts, 4) t.eq(results[9].error, "script.lua:11: broken") t.eq(results[9].value, nil)
      t.eq(results[3].ms >= 17, true) t.eq(results[3].input, items[3])
      local ids = {}
      for _, r in ipairs(results) do t.eq(ids[r.id], nil) ids[r.id] = true end
      """)
  }

  @Test func timesAndOrderAreKept() async {
    await check(
      """
      local waits = { 30, 500, 10 }
      local results = goroutine.map(waits, function(ms) goroutine.sleep(ms) return ms end, { limit = 3, timeout = 100 })
      t.eq(results[2].error, "timeout exceeded") t.eq(results[1].value, 30)
      results = goroutine.map(waits, function(ms) goroutine.sleep(ms) return ms end, { limit = 1, deadline = 100 })
      t.eq(results[1].value, 30) t.eq(results[2].error, "deadline exceeded") t.eq(results[3].error, "deadline exceeded")
      results = goroutine.map(waits, function(ms) goroutine.sleep(ms) return ms end, { limit = 3, ordered = false })
      t.eq(results[1].value, 10) t.eq(results[1].index, 3) t.eq(results[3].input, 500)
      t.eq(#goroutine.map({}, print), 0)
      """)
  }

  @Test func breakersAndCachesTakePart() async {
    await check(
      """
      local calls = 0
      local breaker = goroutine.circuit_breaker{ threshold = 2 }
      local results = goroutine.map({ 1, 2, 3, 4 }, function() calls = calls + 1 error("down") end, { limit = 1, breaker = breaker })
      t.eq(calls, 2) t.eq(results[4].error:find("open", 1, true) ~= nil, true)
      local cache, loads = goroutine.cache{}, 0
      for _ = 1, 2 do
        results = goroutine.map({ { id = "a" }, { id = "b" }, { id = "a" } }, function(item) loads = loads + 1 goroutine.sleep(1) return item.id end,
          { cache = cache, key = function(item) return item.id end })
      end
      t.eq(loads, 2) t.eq(results[3].value, "a")
      """)
  }

  @Test(arguments: [
    ("goroutine.map(5, print)", "bad argument #1 to 'map' (table expected, got number)"),
    ("goroutine.map({a = 1}, print)", "a list expected"),
    ("goroutine.map({1}, 5)", "bad argument #2 to 'map' (function expected, got number)"),
    (
      "goroutine.map({1}, print, {limit = 0})",
      "bad argument #3 to 'map' (option 'limit': whole number from 1"
    ),
    ("goroutine.map({1}, print, {limits = 0})", "unknown option 'limits'; known: breaker, cache, deadline"),
    ("goroutine.map({1}, print, {retry = {max_attempts = 0}})", "option 'retry.max_attempts': whole number"),
    ("goroutine.map({1}, print, {retry = {attempts = 2}})", "unknown option 'retry.attempts'; known:"),
    ("goroutine.map({1}, print, {breaker = 5})", "option 'breaker': circuit_breaker expected, got number"),
    ("goroutine.map({1}, print, {cache = {}})", "option 'cache': cache or coalescing_cache expected"),
  ])
  func misuseIsAnErrorAtItsLine(source: String, part: String) async {
    let error = await Script().error("\n" + source)
    #expect(error.message.hasPrefix("script.lua:2: "), "\(error.message)")
    #expect(error.message.contains(part), "\(error.message)")
  }
}
