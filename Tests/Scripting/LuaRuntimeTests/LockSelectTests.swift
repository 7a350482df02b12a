import RevoadaLua
import Testing

/// Locks, permits, latches, barriers and wait groups among the cases of a select.
@Suite(.timeLimit(.minutes(10))) struct LockSelectTests {
  @Test func aCaseDoesWhatTheMethodOfItsNameDoes() async {
    await check(
      """
      local m, rw, up, s = goroutine.mutex(), goroutine.rwmutex(), goroutine.rwmutex_upgradeable(), goroutine.weighted_semaphore(3)
      local function select1(case) t.eq(goroutine.select{ case, {default = true} }, 1) end
      local function refused(case) t.eq(goroutine.select{ case, {default = true} }, 2) end
      select1{lock = m} refused{lock = m} m:unlock() select1{lock = m} m:unlock()
      select1{lock = rw} refused{rlock = rw} refused{lock = rw} rw:unlock()
      select1{rlock = rw} select1{rlock = rw} refused{lock = rw} rw:runlock() rw:runlock()
      select1{lock = up} refused{rlock = up} up:unlock()
      select1{rlock = up} refused{lock = up} t.eq(up:try_upgrade(), true) up:unlock()
      select1{acquire = s, permits = 2} t.eq(s:available(), 1) refused{acquire = s, permits = 2} select1{acquire = s} s:release(3)
      local group, latch, barrier = goroutine.wait_group(), goroutine.latch(1), goroutine.barrier(2)
      local answers = {}
      local function note(...) answers[#answers + 1] = table.pack(...) end
      select1{wait = group, handler = note} group:add(1) refused{wait = group}
      refused{wait = latch} latch:count_down() select1{wait = latch, handler = note}
      refused{wait = barrier} t.eq(barrier:waiting(), 0)
      goroutine.spawn(function() barrier:wait() end) goroutine.yield() select1{wait = barrier, handler = note}
      t.eq(answers[1].n, 0) t.eq(answers[2][1], true) t.eq(answers[3][1], true)
      """)
  }

  @Test func aSelectWaitsForAllKindsAtOnce() async {
    await check(
      """
      local m, rw, s, up = goroutine.mutex(), goroutine.rwmutex(), goroutine.semaphore(1), goroutine.rwmutex_upgradeable()
      local group, latch, barrier, ch = goroutine.wait_group(), goroutine.latch(1), goroutine.barrier(2), goroutine.channel()
      local pq = goroutine.priority_channel(0)
      m:lock() rw:rlock() s:acquire() up:rlock() group:add(1)
      local cases = {
        {lock = m}, {lock = rw}, {acquire = s}, {lock = up}, {wait = group}, {wait = latch}, {wait = barrier},
        {channel = pq, send = "element", priority = 7}, {channel = ch, receive = true},
      }
      local open = {
        function() m:unlock() end, function() rw:runlock() end, function() s:release() end, function() up:runlock() end,
        function() group:done() end, function() latch:count_down() end, function() barrier:wait() end,
        function() local value, ok, priority = pq:receive() t.eq(value, "element") t.eq(priority, 7) end,
        function() ch:send(1) end,
      }
      local close = { nil, function() rw:unlock() rw:rlock() end, nil, function() up:unlock() up:rlock() end, function() group:add(1) end,
        function() latch = goroutine.latch(1) cases[6].wait = latch end }
      for round = 1, 3 do
        for index = 1, #cases do
          local picked
          local selecting = goroutine.spawn(function() picked = goroutine.select(cases) end)
          goroutine.sleep(1) t.eq(picked, nil)
          open[index]() goroutine.sleep(1)
          t.eq(picked, index)
          if close[index] then close[index]() end
        end
      end
      -- Whoever has lost has left nothing behind.
      t.eq(m:try_lock(), false) m:unlock() t.eq(m:try_lock(), true) t.eq(s:available(), 0) s:release() t.eq(s:available(), 1)
      rw:runlock() t.eq(rw:try_lock(), true) up:runlock() t.eq(up:try_lock(), true)
      t.eq(barrier:waiting(), 0) t.eq(barrier:is_broken(), false) t.eq(pq:try_send(1), false) t.eq(ch:try_send(1), false)
      """)
  }

  @Test func aLoserAtTheHeadLetsThoseBehindItIn() async {
    await check(
      """
      local s, rw, ch = goroutine.semaphore(2), goroutine.rwmutex(), goroutine.channel()
      s:acquire() rw:rlock()
      local selecting = goroutine.spawn(function()
        t.eq(goroutine.select{ {acquire = s, permits = 2}, {lock = rw}, {channel = ch, receive = true} }, 3)
      end)
      goroutine.sleep(1)
      local small, reader = goroutine.spawn(function() s:acquire() end), goroutine.spawn(function() rw:rlock() end)
      goroutine.sleep(1) t.eq(small:status(), "running") t.eq(reader:status(), "running")
      ch:send(1) goroutine.sleep(1)
      t.eq(small:status(), "succeeded") t.eq(reader:status(), "succeeded") t.eq(selecting:status(), "succeeded")
      """)
  }

  @Test func aTimeLimitLeavesNothingBehind() async {
    await check(
      """
      local m, s, group, latch, barrier = goroutine.mutex(), goroutine.semaphore(1), goroutine.wait_group(), goroutine.latch(1), goroutine.barrier(2)
      m:lock() s:acquire() group:add(1)
      local cases = { {lock = m}, {acquire = s}, {wait = group}, {wait = latch}, {wait = barrier} }
      t.eq(goroutine.select_timeout(5, cases), true)
      t.eq(barrier:waiting(), 0) t.eq(barrier:is_broken(), false)
      m:unlock() s:release() t.eq(m:try_lock(), true) t.eq(s:try_acquire(), true)
      """)
  }

  /// Served, then killed before it could run: what it was given goes on to the next.
  @Test func whatAKilledSelectWasGivenIsNotLost() async {
    await check(
      """
      for round = 1, 3 do
        for _, name in ipairs{ "mutex", "rwmutex", "rwmutex_upgradeable", "semaphore" } do
          local object = goroutine[name](name == "semaphore" and 1 or nil)
          local take = name == "semaphore" and "acquire" or "lock"
          local give = name == "semaphore" and "release" or "unlock"
          object[take](object)
          local victim = goroutine.spawn(function() goroutine.select{ {[take] = object}, {channel = goroutine.channel(), receive = true} } end)
          goroutine.sleep(1)
          if round == 1 then victim:cancel() goroutine.sleep(1) object[give](object)
          elseif round == 2 then object[give](object) victim:cancel()
          else
            local behind = goroutine.spawn(function() object[take](object) object[give](object) end)
            goroutine.sleep(1) object[give](object) victim:cancel()
            goroutine.sleep(1) t.eq(behind:status(), "succeeded", name)
          end
          goroutine.sleep(1)
          t.eq(object["try_" .. take](object), true, name .. round)
        end
      end
      local pq = goroutine.priority_channel(0)
      local victim = goroutine.spawn(function() goroutine.select{ {channel = pq, send = {}, priority = 1} } end)
      goroutine.sleep(1) victim:cancel() goroutine.sleep(1)
      t.eq((pq:try_receive()), nil) t.eq(goroutine.channel_inspector(pq):blocked_senders(), 0)
      """)
  }

  @Test func aBrokenBarrierAndAClosedChannelAreAnswers() async {
    await check(
      """
      local barrier, pq, answer = goroutine.barrier(3), goroutine.priority_channel(0), nil
      goroutine.spawn(function() goroutine.select{ {wait = barrier, handler = function(...) answer = {...} end} } end)
      local victim = goroutine.spawn(function() barrier:wait() end)
      goroutine.sleep(1) victim:cancel() goroutine.sleep(1)
      t.eq(answer[1], false) t.eq(answer[2]:find("broken", 1, true) ~= nil, true)
      local sender = goroutine.spawn(function() goroutine.select{ {channel = pq, send = 1} } end)
      goroutine.sleep(1) pq:close()
      local ok, err = goroutine.await(sender)
      t.eq(ok, false) t.eq(err:find("send on closed priority_channel", 1, true) ~= nil, true, err)
      t.fails(function() goroutine.select{ {channel = pq, send = 1} } end, "send on closed")
      """)
  }

  /// Every permit and lock that is taken is given back, whoever wins: nothing is lost, and nobody is inside twice.
  @Test(arguments: [false, true]) func stormsLoseNothing(isolated: Bool) async {
    await check(
      """
      local m, s, ch, inside, done = goroutine.mutex(), goroutine.semaphore(2), goroutine.channel(1), goroutine.atomic_int(0), goroutine.atomic_int(0)
      local function work(seed)
        local random = seed
        for round = 1, 60 do
          random = (random * 1103515245 + 12345) % 2147483648
          local index = goroutine.select{
            {lock = m, handler = function()
              if inside:add(1) ~= 1 then error("two are inside") end
              goroutine.sleep(random % 3 == 0 and 0.01 or 0) inside:add(-1) m:unlock()
            end},
            {acquire = s, permits = 1 + random % 2, handler = function() goroutine.sleep(0) s:release(1 + random % 2) end},
            {channel = ch, receive = true}, {channel = ch, send = round}, {after = 1 + random % 5},
          }
          done:add(1)
        end
      end
      local handles = {}
      for worker = 1, 6 do
        handles[worker] = \(isolated ? "goroutine.spawn_isolated(work, worker)" : "goroutine.spawn(work, worker)")
      end
      for _, result in ipairs(goroutine.await_all(handles)) do t.eq(result.error, nil) end
      t.eq(done:load(), 360) t.eq(inside:load(), 0) t.eq(s:available(), 2) t.eq(m:try_lock(), true)
      """)
  }

  @Test func killsInAStormLoseNothing() async {
    await check(
      """
      local m, s, ch = goroutine.mutex(), goroutine.semaphore(3), goroutine.channel()
      for round = 1, 200 do
        local inside = 0
        local victim = goroutine.spawn(function()
          goroutine.select{
            {lock = m, handler = function() local guard <close> = setmetatable({}, {__close = function() m:unlock() end}) goroutine.yield() end},
            {acquire = s, permits = 2, handler = function() local guard <close> = setmetatable({}, {__close = function() s:release(2) end}) goroutine.yield() end},
            {channel = ch, receive = true},
          }
        end)
        for _ = 1, round % 4 do goroutine.yield() end
        victim:cancel()
      end
      goroutine.sleep(1)
      t.eq(s:available(), 3) t.eq(m:try_lock(), true)
      """)
  }

  @Test func aDeadlockNamesTheObjects() async {
    let error = await Script().error(
      """
      local m, latch = goroutine.mutex("accounts"), goroutine.latch(1, "started")
      m:lock()
      goroutine.select{ {lock = m}, {wait = latch} }
      """)
    #expect(
      error.message == """
        script.lua:3: deadlock: every goroutine waits for ever
          main waits in select on mutex "accounts", latch "started" at script.lua:3
        """)
  }

  @Test(arguments: [
    ("{ lock = 1 }", "case 1 has no object in 'lock'"),
    ("{ wait = goroutine.channel() }", "case 1 has no object in 'wait'"),
    ("{ lock = goroutine.latch(1, 'x') }", "case 1 cannot lock: latch \"x\""),
    ("{ rlock = goroutine.mutex('x') }", "case 1 cannot rlock: mutex \"x\""),
    ("{ wait = goroutine.semaphore(1, 'x') }", "case 1 cannot wait: semaphore \"x\""),
    ("{ wait = goroutine.cond('x') }", "the mutex of cond \"x\" would have to be locked again"),
    ("{ acquire = goroutine.semaphore(2, 'x'), permits = 3 }", "3 permits were asked for, its size is 2"),
    ("{ acquire = goroutine.semaphore(2, 'x'), permits = 0 }", "the number of permits must be positive"),
    ("{ acquire = goroutine.semaphore(2, 'x'), permits = 1.5 }", "case 1 needs a whole number in 'permits'"),
    (
      "{ channel = goroutine.priority_channel(), send = 1, priority = 'high' }",
      "needs a whole number in 'priority'"
    ),
    (
      "{ acquire = goroutine.rate_limiter{ rate = 1, per = 1, burst = 1 } }",
      "case 1 cannot acquire: rate_limiter"
    ),
  ])
  func misuseIsAnErrorAtItsLine(entry: String, part: String) async {
    let error = await Script().error("\ngoroutine.select{ \(entry) }")
    #expect(error.message.hasPrefix("script.lua:2: "), "\(error.message)")
    #expect(error.message.contains(part), "\(error.message)")
  }
}
