import RevoadaLua
import Testing

/// Locks, counters, contexts and goroutine handles.
@Suite struct HandleTests {
  @Test func aMutexIsHandedToItsWaitersInOrder() async {
    await check(
      """
      local mu, order = goroutine.mutex(), {}
      mu:lock()
      for i = 1, 5 do goroutine.spawn(function() mu:lock() order[#order + 1] = i mu:unlock() end) end
      goroutine.yield()
      mu:unlock()
      goroutine.sleep(1)
      t.eq(table.concat(order, ","), "1,2,3,4,5")
      t.fails(function() mu:unlock() end, "script.lua:8: unlock of mutex")
      t.eq(mu:with_lock(function() return mu:try_lock() end), false)
      """)
  }

  @Test func readersShareAndWritersDoNotStarve() async {
    await check(
      """
      local rw, log = goroutine.rwmutex("table"), {}
      rw:rlock() t.eq(rw:try_rlock(), true)
      goroutine.spawn(function() rw:lock() log[#log + 1] = "writer" rw:unlock() end)
      goroutine.yield()
      t.eq(rw:try_rlock(), false, "a waiting writer holds back new readers")
      goroutine.spawn(function() rw:rlock() log[#log + 1] = "reader" rw:runlock() end)
      goroutine.yield()
      rw:runlock() rw:runlock()
      goroutine.sleep(1)
      t.eq(table.concat(log, ","), "writer,reader")
      t.fails(function() rw:runlock() end, 'rwmutex "table"')
      t.fails(function() rw:unlock() end, "unlock")
      """)
  }

  @Test func aSemaphoreIsWeightedAndFair() async {
    await check(
      """
      local sem, log = goroutine.semaphore(3, "slots"), {}
      sem:acquire(2)
      goroutine.spawn(function() sem:acquire(3) log[#log + 1] = "large" sem:release(3) end)
      goroutine.yield()
      t.eq(sem:try_acquire(), false, "the large request comes first")
      goroutine.spawn(function() sem:acquire() log[#log + 1] = "small" sem:release() end)
      goroutine.yield()
      sem:release(2)
      goroutine.sleep(1)
      t.eq(table.concat(log, ","), "large,small")
      t.eq(sem:available(), 3) t.eq(sem:capacity(), 3)
      t.fails(function() sem:acquire(4) end, 'semaphore "slots": 4 permits were asked for, its size is 3')
      t.fails(function() sem:release() end, "release")
      t.fails(function() goroutine.semaphore(0) end, "positive")
      """)
  }

  @Test func aWaitGroupCountsDownAndNeverBelowZero() async {
    await check(
      """
      local wg, done = goroutine.wait_group(), 0
      wg:wait()
      wg:add(3)
      for _ = 1, 3 do goroutine.spawn(function() goroutine.sleep(1) done = done + 1 wg:done() end) end
      wg:wait()
      t.eq(done, 3)
      t.fails(function() wg:done() end, "script.lua:7: negative counter of wait_group")
      """)
  }

  @Test func aConditionWakesOneOrAll() async {
    await check(
      """
      local cond, woken = goroutine.cond(), 0
      local mu = cond:get_mutex()
      t.eq(mu, cond:get_mutex(), "the same mutex each time")
      for _ = 1, 3 do goroutine.spawn(function() mu:lock() cond:wait() woken = woken + 1 mu:unlock() end) end
      goroutine.yield()
      cond:signal() goroutine.sleep(1) t.eq(woken, 1)
      cond:broadcast() goroutine.sleep(1) t.eq(woken, 3)
      t.fails(function() cond:wait() end, "not locked")
      """)
  }

  @Test func onceRunsOnceAndOthersWaitForIt() async {
    await check(
      """
      local once, runs, waited = goroutine.once(), 0, 0
      for _ = 1, 4 do goroutine.spawn(function() once:call(function() goroutine.sleep(5) runs = runs + 1 end) waited = waited + runs end) end
      goroutine.sleep(10)
      t.eq(runs, 1) t.eq(waited, 4)
      local failing = goroutine.once()
      t.fails(function() failing:call(function() error("first") end) end, "first")
      failing:call(function() error("second") end)
      """)
  }

  @Test func atomicIntegersAnswerAsDocumented() async {
    await check(
      """
      local at = goroutine.atomic_int(5)
      t.eq(at:add(2), 7) t.eq(at:swap(1), 7) t.eq(at:load(), 1)
      t.eq(at:compare_and_swap(1, 9), true) t.eq(at:compare_and_swap(1, 3), false) t.eq(at:load(), 9)
      at:store(math.maxinteger) t.eq(at:add(1), math.mininteger, "wraps around")
      """)
  }

  @Test func contextsFormATree() async {
    await check(
      """
      local root = goroutine.context()
      local child, timed = root:with_cancel(), root:with_timeout(10)
      local grandchild = timed:with_timeout(1000)
      t.eq(child:is_cancelled(), false) t.eq(child:err(), nil) t.eq(root:deadline(), nil)
      t.eq(grandchild:deadline(), timed:deadline(), "the earlier deadline holds")
      local woken = goroutine.async(function() local v, ok = grandchild:done():receive() return ok end)
      goroutine.sleep(20)
      t.eq(timed:err(), "context deadline exceeded") t.eq(grandchild:err(), "context deadline exceeded")
      t.eq(select(2, goroutine.await(woken)), false)
      t.eq(child:is_cancelled(), false)
      root:cancel() root:cancel()
      t.eq(child:err(), "context cancelled") t.eq(root:with_cancel():is_cancelled(), true)
      """)
  }

  @Test func awaitGivesEveryValueEveryTime() async {
    await check(
      """
      local h = goroutine.async(function(a) return a, nil, "z", nil end, "v")
      for _ = 1, 2 do
        t.eq(select("#", goroutine.await(h)), 5)
        local ok, a, b, z = goroutine.await(h)
        t.eq(ok, true) t.eq(a, "v") t.eq(b, nil) t.eq(z, "z")
      end
      t.eq(select("#", goroutine.await(goroutine.async(function() end))), 1)
      local object = {}
      local ok, err = goroutine.await(goroutine.async(function() error(object) end))
      t.eq(err, object, "an error object stays itself")
      local results = goroutine.await_all{ h, goroutine.async(function() error({message = "text"}) end), goroutine.async(function() error() end) }
      t.eq(results[1].values[3], "z") t.eq(results[2].error, "text") t.eq(results[3].error, "error object is a nil value")
      t.fails(function() local me me = goroutine.async(function() goroutine.await(me) end) assert(goroutine.await(me)) end, "itself")
      """)
  }

  @Test func timersFireInDeadlineOrderAndTiesInTheOrderOfCreation() async {
    await check(
      """
      local order = {}
      for _, ms in ipairs{ 3, 1, 2, 1 } do local n = #order goroutine.spawn(function() goroutine.sleep(ms) order[#order + 1] = ms end) end
      for i = 1, 3 do goroutine.spawn(function() goroutine.sleep(2) order[#order + 1] = "t" .. i end) end
      goroutine.sleep(10)
      t.eq(table.concat(order, ","), "1,1,2,t1,t2,t3,3")
      """)
  }

  @Test func tickersDropTicksAndAfterFiresOnce() async {
    await check(
      """
      local ticker, seen = goroutine.ticker(10), 0
      goroutine.sleep(55)
      t.eq((ticker:try_receive()), nil, "nobody received, so they were dropped")
      for _ = 1, 3 do ticker:receive() seen = seen + 1 end
      ticker:close()
      t.eq(seen, 3)
      t.eq(type(goroutine.after(5):receive()), "number")
      """)
  }
}
