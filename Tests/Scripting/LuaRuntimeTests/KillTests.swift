import RevoadaLua
import Testing

/// Goroutines that are cancelled, timed out or killed leave no trace.
@Suite struct KillTests {
  @Test func aKilledWaiterLeavesEveryQueue() async {
    await check(
      """
      local ch, mu, rw, sem = goroutine.channel(), goroutine.mutex(), goroutine.rwmutex(), goroutine.semaphore(2)
      local wg, cond, once = goroutine.wait_group(), goroutine.cond(), goroutine.once()
      mu:lock() rw:lock() sem:acquire(2) wg:add(1)
      goroutine.spawn(function() once:call(function() goroutine.sleep(100) end) end)
      goroutine.yield()
      local waits = {
        function() ch:receive() end, function() ch:send(1) end, function() mu:lock() end, function() rw:lock() end,
        function() rw:rlock() end, function() sem:acquire() end, function() wg:wait() end,
        function() cond:get_mutex():lock() cond:wait() end, function() once:call(print) end,
        function() goroutine.select{ {channel = ch, receive = true}, {channel = goroutine.channel(), send = 1} } end,
        function() goroutine.sleep(1e6) end, function() goroutine.await(goroutine.async(function() goroutine.channel():receive() end)) end,
      }
      for index, wait in ipairs(waits) do
        local h = goroutine.async(wait)
        goroutine.yield()
        t.eq(h:status(), "running", "wait " .. index)
        goroutine.cancel(h)
        local ok, err = goroutine.await(h)
        t.eq(ok, false) t.eq(err, "goroutine was cancelled")
      end
      t.eq(ch:try_send(1), false, "no receiver is left")
      t.eq((ch:try_receive()), nil, "no sender is left")
      mu:unlock() t.eq(mu:try_lock(), true)
      rw:unlock() t.eq(rw:try_lock(), true)
      sem:release(2) t.eq(sem:available(), 2)
      cond:signal()
      """)
  }

  // Served and then cancelled before it could run: what was granted must go on to the next.
  @Test func aGrantToAKilledGoroutineIsHandedOn() async {
    await check(
      """
      local mu = goroutine.mutex() mu:lock()
      local victim = goroutine.async(function() mu:lock() end)
      local next_one = goroutine.async(function() mu:lock() return "next" end)
      goroutine.yield()
      mu:unlock() goroutine.cancel(victim)
      t.eq(select(2, goroutine.await(next_one)), "next", "mutex")

      local sem = goroutine.semaphore(3) sem:acquire(3)
      victim = goroutine.async(function() sem:acquire(3) end)
      goroutine.yield()
      sem:release(3) t.eq(sem:available(), 0) goroutine.cancel(victim)
      t.eq(sem:available(), 3, "semaphore")

      for _, lock in ipairs{ "lock", "rlock" } do
        local rw = goroutine.rwmutex() rw:lock()
        victim = goroutine.async(function() rw[lock](rw) end)
        goroutine.yield()
        rw:unlock() goroutine.cancel(victim)
        t.eq(rw:try_lock(), true, "rwmutex " .. lock)
      end

      local cond = goroutine.cond()
      victim = goroutine.async(function() cond:get_mutex():lock() cond:wait() end)
      goroutine.yield()
      cond:signal() goroutine.cancel(victim)
      t.eq(cond:get_mutex():try_lock(), true, "condition")
      """)
  }

  @Test(arguments: [0, 2])
  func anElementForAKilledReceiverIsNotLost(capacity: Int) async {
    await check(
      """
      local ch = goroutine.channel(\(capacity))
      local victim = goroutine.async(function() ch:receive() end)
      goroutine.yield()
      ch:send("kept") goroutine.cancel(victim)
      t.eq(ch:receive(), "kept")

      victim = goroutine.async(function() goroutine.select{ {channel = ch, receive = true}, {channel = goroutine.channel(), receive = true} } end)
      local other = goroutine.async(function() return ch:receive() end)
      goroutine.yield()
      ch:send("again") goroutine.cancel(victim)
      t.eq(select(2, goroutine.await(other)), "again")

      victim = goroutine.async(function() ch:receive() end)
      goroutine.yield()
      ch:send(1) if \(capacity) > 0 then ch:send(2) end
      goroutine.cancel(victim)
      t.eq(ch:receive(), 1, "order is kept")
      """)
  }

  @Test func aTimedOutSelectOrReceiveTakesNothing() async {
    await check(
      """
      local ch = goroutine.channel()
      t.eq(goroutine.timeout(5, function() return ch:receive() end), false)
      goroutine.spawn(function() ch:send("later") end)
      t.eq(ch:receive(), "later")
      """)
  }

  @Test(arguments: [
    "while true do end", "while true do pcall(function() while true do end end) end",
    "table.sort({3, 2, 1, 5, 4}, function() while true do pcall(function() while true do end end) end end)",
    "('abc'):gsub('.', function() while true do end end)",
    "coroutine.wrap(function() while true do end end)()",
    "while true do xpcall(function() error('x') end, function() for i = 1, 1e9 do end end) end",
    "local x <close> = setmetatable({}, {__close = function() while true do pcall(function() while true do end end) end end}) while true do end",
  ])
  func aTimeoutStopsABusyLoop(body: String) async {
    await check(
      """
      local ok, why = goroutine.timeout(50, function() \(body) end)
      t.eq(ok, false) t.eq(why, "timeout exceeded")
      t.eq(select(2, goroutine.timeout(1e6, function() return "still fine" end)), "still fine")
      """, clock: VirtualClock(tick: .milliseconds(10)))
  }

  @Test func closeHandlersRunWhenAGoroutineIsKilled() async {
    await check(
      """
      local closed, mu = {}, goroutine.mutex()
      local h = goroutine.async(function()
        local a <close> = setmetatable({}, {__close = function() closed[#closed + 1] = "a" end})
        pcall(function()
          local b <close> = setmetatable({}, {__close = function() closed[#closed + 1] = "b" end})
          mu:with_lock(function() goroutine.sleep(1000) end)
        end)
        closed[#closed + 1] = "never"
      end)
      goroutine.yield()
      t.eq(mu:try_lock(), false)
      goroutine.cancel(h)
      t.eq(table.concat(closed, ","), "b,a")
      t.eq(mu:try_lock(), true)
      """)
  }

  @Test func aTimeoutGivesResultsOrErrorsInTime() async {
    await check(
      """
      local ok, a, b, c = goroutine.timeout(10, function(x) return x, nil, "c" end, "a")
      t.eq(ok, true) t.eq(a, "a") t.eq(b, nil) t.eq(c, "c")
      local failed, err = goroutine.timeout(10, function() error("boom") end)
      t.eq(failed, false) t.eq(err, "script.lua:3: boom")
      """)
  }

  @Test func killingTheWaiterKillsWhatItTimes() async {
    await check(
      """
      local ran = false
      local outer = goroutine.async(function() goroutine.timeout(1000, function() goroutine.sleep(500) ran = true end) end)
      goroutine.sleep(1)
      goroutine.cancel(outer)
      goroutine.sleep(2000)
      t.eq(ran, false)
      """)
  }

  @Test func aBusyNeighbourStarvesNobody() async {
    await check(
      """
      local stop, ticks = false, 0
      local greedy = goroutine.async(function() local turns = 0 while not stop do turns = turns + 1 end return turns end)
      for _ = 1, 5 do goroutine.sleep(1) ticks = ticks + 1 end
      stop = true
      local ok, turns = goroutine.await(greedy)
      t.eq(ok, true) t.eq(ticks, 5) t.eq(turns > 0, true)
      """, clock: VirtualClock(tick: .milliseconds(1)))
  }

  // Goroutines give way between statements only, as the seeds' counters on captured variables expect.
  @Test func preemptionLosesNoUpdateOfASharedVariable() async {
    await check(
      """
      local n, handles = 0, {}
      for i = 1, 4 do handles[i] = goroutine.async(function() for _ = 1, 1e6 do n = n + 1 end end) end
      goroutine.await_all(handles)
      t.eq(n, 4000000)
      """)
  }
}
