import RevoadaLua
import Testing

@Suite(.timeLimit(.minutes(10))) struct CoordinationObjectTests {
  // MARK: Barrier

  @Test func aBarrierLetsAllGoOnAtOnceAgainAndAgain() async {
    await check(
      """
      local barrier, trace = goroutine.barrier(3, "phase"), {}
      local handles = goroutine.spawn_many(3, function(i)
        for round = 1, 3 do
          goroutine.sleep(i) trace[#trace + 1] = "in" .. round
          t.eq(barrier:wait(), true)
          trace[#trace + 1] = "out" .. round
        end
      end)
      goroutine.sleep(2.5) t.eq(barrier:waiting(), 2)
      goroutine.await_all(handles)
      t.eq(table.concat(trace, " "), "in1 in1 in1 out1 out1 out1 in2 in2 in2 out2 out2 out2 in3 in3 in3 out3 out3 out3")
      """)
  }

  @Test func oneThatIsKilledBreaksTheBarrierForAll() async {
    await check(
      """
      local barrier = goroutine.barrier(3)
      local waiter = goroutine.async(function() return barrier:wait() end)
      local victim = goroutine.spawn(function() barrier:wait() end)
      goroutine.sleep(1) victim:cancel()
      local _, ok, err = goroutine.await(waiter)
      t.eq(ok, false) t.eq(err, "the barrier of 3 parties is broken: one of them was cancelled")
      t.eq(barrier:is_broken(), true) t.eq(barrier:wait(), false)
      barrier:reset()
      local rest = goroutine.spawn_many(2, function() return barrier:wait() end)
      t.eq(barrier:wait(), true)
      """)
  }

  // MARK: Latch

  @Test func aLatchOpensOnceAndStaysOpen() async {
    await check(
      """
      local latch, done = goroutine.latch(5), 0
      for i = 1, 3 do goroutine.spawn(function() goroutine.sleep(i) done = done + 1 latch:count_down() end) end
      goroutine.spawn(function() goroutine.sleep(5) done = done + 2 latch:count_down(2) end)
      t.eq(latch:wait(1), false) t.eq(latch:wait(0), false)
      t.eq(latch:wait(), true) t.eq(done, 5) t.eq(latch:count(), 0)
      latch:count_down()
      t.eq(latch:wait(), true) t.eq(latch:wait(10), true)
      t.eq(goroutine.latch(0):wait(), true)
      """)
  }

  // MARK: Upgradeable lock

  @Test func aLoneReaderUpgrades() async {
    await check(
      """
      local rw = goroutine.rwmutex_upgradeable("table")
      rw:rlock() t.eq(rw:upgrade(), true) t.eq(rw:try_rlock(), false)
      rw:downgrade() t.eq(rw:try_rlock(), true) rw:runlock()
      t.eq(rw:try_upgrade(), true) rw:unlock()
      t.eq(rw:try_lock(), true) t.eq(rw:try_lock(), false) rw:unlock()
      """)
  }

  @Test func anUpgradeWaitsForReadersAndIsNeverOvertaken() async {
    await check(
      """
      local rw, log = goroutine.rwmutex_upgradeable(), {}
      local function note(text) log[#log + 1] = text end
      goroutine.spawn(function() rw:rlock() goroutine.sleep(20) note("other reader leaves") rw:runlock() end)
      goroutine.spawn(function() rw:rlock() goroutine.sleep(1) t.eq(rw:try_upgrade(), false) t.eq(rw:upgrade(), true) note("upgraded") goroutine.sleep(5) rw:unlock() end)
      goroutine.sleep(5)
      goroutine.spawn(function() rw:lock() note("writer") rw:unlock() end)
      goroutine.spawn(function() rw:rlock() note("late reader") rw:runlock() end)
      goroutine.sleep(100)
      t.eq(table.concat(log, ", "), "other reader leaves, upgraded, writer, late reader")
      """)
  }

  @Test func aSecondUpgradeIsRefusedAtOnce() async {
    await check(
      """
      local rw = goroutine.rwmutex_upgradeable()
      rw:rlock()
      local other = goroutine.async(function() rw:rlock() local ok = rw:upgrade() rw:unlock() return ok end)
      goroutine.sleep(1)
      local ok, err = rw:upgrade()
      t.eq(ok, false) t.eq(err, "another upgrade is pending")
      rw:runlock()
      t.eq(select(2, goroutine.await(other)), true)
      t.eq(rw:try_lock(), true)
      """)
  }

  @Test func aKilledWaiterLeavesNoTrace() async {
    await check(
      """
      local rw = goroutine.rwmutex_upgradeable()
      rw:rlock()
      local writer = goroutine.spawn(function() rw:lock() end)
      local upgrader = goroutine.spawn(function() rw:rlock() rw:upgrade() end)
      goroutine.sleep(1)
      writer:cancel() goroutine.sleep(1)
      upgrader:cancel() goroutine.sleep(1)
      t.eq(rw:try_rlock(), true, "nobody waits") rw:runlock()
      rw:runlock() rw:runlock()
      t.eq(rw:try_lock(), true) rw:unlock()
      -- Served, then killed before it could run.
      rw:lock()
      writer = goroutine.spawn(function() rw:lock() end)
      goroutine.sleep(1)
      rw:unlock() writer:cancel()
      goroutine.sleep(1)
      t.eq(rw:try_lock(), true)
      """)
  }

  @Test func locksAreSharedByIsolates() async {
    await check(
      """
      local rw, barrier, latch = goroutine.rwmutex_upgradeable(), goroutine.barrier(3), goroutine.latch(2)
      local count, handles = goroutine.atomic_int(0), {}
      for n = 1, 2 do
        handles[n] = goroutine.spawn_isolated(function()
          for _ = 1, 100 do
            rw:rlock()
            if rw:upgrade() then local seen = count:load() count:store(seen + 1) rw:unlock() else rw:runlock() end
          end
          latch:count_down()
          return barrier:wait()
        end)
      end
      latch:wait()
      t.eq(barrier:wait(), true)
      for n = 1, 2 do t.eq(select(2, goroutine.await(handles[n])), true) end
      t.eq(count:load() > 0, true)
      rw:lock() rw:unlock()
      """)
  }

  @Test func aCircleThroughAnUpgradeableLockIsFound() async {
    await check(
      """
      local found
      local detector = goroutine.deadlock_detector{ check_interval = 10, timeout = 40 }
      detector:on_deadlock(function(info) found = info end)
      detector:start()
      local rw, mutex = goroutine.rwmutex_upgradeable("rw"), goroutine.mutex("mutex")
      goroutine.spawn(function() rw:rlock() goroutine.sleep(5) mutex:lock() end)
      goroutine.spawn(function() rw:rlock() mutex:lock() goroutine.sleep(5) rw:upgrade() end)
      goroutine.sleep(200)
      t.eq(found.stuck_count, 2)
      t.eq(found.cycle[1]:find('waits for mutex "mutex"', 1, true) ~= nil, true, found.cycle[1])
      t.eq(found.cycle[2]:find('waits for rwmutex_upgradeable "rw"', 1, true) ~= nil, true, found.cycle[2])
      """)
  }

  // MARK: Weighted semaphore

  @Test func aWeightedSemaphoreServesInOrder() async {
    await check(
      """
      local sem, order = goroutine.weighted_semaphore(10, "slots"), {}
      sem:acquire(3) sem:acquire(7)
      t.eq(sem:try_acquire(1), false)
      for i, weight in ipairs{ 8, 1 } do
        goroutine.spawn(function() sem:acquire(weight) order[i] = weight sem:release(weight) end)
      end
      goroutine.sleep(1) sem:release(3) goroutine.sleep(1)
      t.eq(#order, 0) sem:release(7) goroutine.sleep(1)
      t.eq(table.concat(order, ","), "8,1") t.eq(sem:available(), 10)
      t.fails(function() sem:acquire(11) end, "its size is 10")
      t.fails(function() sem:release(1) end, "release of semaphore \\"slots\\"")
      """)
  }

  @Test(arguments: [
    ("goroutine.barrier(0)", "bad argument #1 to 'barrier' (the number of parties must be positive)"),
    ("goroutine.barrier()", "bad argument #1 to 'barrier' (number expected, got no value)"),
    ("goroutine.latch(-1)", "bad argument #1 to 'latch' (the count must not be negative)"),
    ("goroutine.latch(1):count_down(0)", "the number of steps must be positive"),
    ("goroutine.latch(1):wait(-1)", "milliseconds must not be negative"),
    (
      "goroutine.rwmutex_upgradeable('x'):unlock()",
      "unlock of rwmutex_upgradeable \"x\", which is not locked"
    ),
    ("goroutine.rwmutex_upgradeable():runlock()", "which no reader has locked"),
    ("local rw = goroutine.rwmutex_upgradeable() rw:rlock() rw:unlock()", "which is not locked"),
    ("goroutine.rwmutex_upgradeable():upgrade()", "upgrade of rwmutex_upgradeable"),
    ("goroutine.rwmutex_upgradeable():try_upgrade()", "which no reader has locked"),
    ("goroutine.rwmutex_upgradeable():downgrade()", "downgrade of rwmutex_upgradeable"),
    ("goroutine.weighted_semaphore(0)", "the number of permits must be positive"),
  ])
  func misuseIsAnErrorAtItsLine(source: String, part: String) async {
    let error = await Script().error("\n" + source)
    #expect(error.message.hasPrefix("script.lua:2: "), "\(error.message)")
    #expect(error.message.contains(part), "\(error.message)")
  }
}
