import RevoadaLua
import Testing

/// Work in other isolates, and everything that crosses.
@Suite struct IsolatedTests {
  @Test func closuresCrossWithUpvaluesAndGlobals() async {
    await check(
      """
      offset = 10
      function helper(x) return x + offset + (inner and inner(1) or 0) end
      function inner(x) return x * 100 end
      unused = coroutine.create(print)
      local shared = 0
      local function bump() shared = shared + 1 end
      local function get() return shared end
      local class = { __index = { hello = function(self) return "hi " .. self.name end } }
      local object = setmetatable({ name = "o" }, class)
      local ok, a, b, c, d = goroutine.await(goroutine.spawn_isolated(function(x)
        bump() bump()
        offset = 11
        return helper(x), get(), object:hello(), ("%03d"):format(x)
      end, 5))
      t.eq(ok, true, a) t.eq(a, 116) t.eq(b, 2, "closures over one variable still share it") t.eq(c, "hi o") t.eq(d, "005")
      t.eq(shared, 0) t.eq(offset, 10)
      """)
  }

  @Test func copiesKeepCyclesAndSharing() async {
    await check(
      """
      local graph = { left = {}, list = { 1, 2, 3 } }
      graph.right = graph.left graph.me = graph graph[graph.list] = "key"
      local ok, same, cycle, key, sum, kind, deep = goroutine.await(goroutine.spawn_isolated(function(g)
        local level, n = g.nest, 0
        while level do level, n = level.next, n + 1 end
        return g.left == g.right, g.me == g, g[g.list], g.list[1] + g.list[3], math.type(g.float), n
      end, setmetatable(graph, { __len = function() return 7 end })))
      t.eq(ok, true) t.eq(same, true) t.eq(cycle, true) t.eq(key, "key") t.eq(sum, 4)
      local function fact(n) return n < 2 and 1 or n * fact(n - 1) end
      t.eq(select(2, goroutine.await(goroutine.spawn_isolated(fact, 10))), 3628800)
      """)
  }

  @Test func whatCannotBeCopiedIsNamed() async {
    await check(
      """
      local co = coroutine.create(print)
      bad = co
      t.fails(function() goroutine.spawn_isolated(function() return co end) end, "script.lua:3: cannot copy a coroutine to another isolate (in upvalue 'co')")
      t.fails(function() goroutine.spawn_isolated(function() return bad end) end, "(in global 'bad')")
      t.fails(function() goroutine.spawn_isolated(print, io.stderr) end, "cannot copy a FILE*")
      t.fails(function() goroutine.spawn_isolated(print, goroutine.async(print)) end, "cannot copy a goroutine handle")
      local deep = {} for _ = 1, 5000 do deep = { deep } end
      t.fails(function() goroutine.spawn_isolated(print, deep) end, "too deeply nested")
      """)
  }

  @Test func errorsComeBackWithTheirPlace() async {
    await check(
      """
      local ok, err = goroutine.await(goroutine.spawn_isolated(function()
        error("over there")
      end))
      t.eq(ok, false) t.eq(err, "script.lua:2: over there")
      t.fails(function() goroutine.parallel_map({1, 2, 3}, function(x) if x == 2 then error("two") end return x end) end, "script.lua:5: two")
      """)
  }

  @Test func parallelMapKeepsSizeAndOrder() async {
    await check(
      """
      for _, count in ipairs{ 0, 1, 7, 1000 } do
        local list = {} for i = 1, count do list[i] = i end
        local squares = goroutine.parallel_map(list, function(x) return x * x end, { workers = 2 })
        t.eq(#squares, count)
        for i = 1, count do t.eq(squares[i], i * i) end
      end
      """)
  }

  // Buffered elements and waiters of every kind move along when a channel crosses.
  @Test func aChannelIsPromotedWithElementsAndWaiters() async {
    await check(
      """
      local ch = goroutine.channel(2, "crossing")
      ch:send{ 1, { 2 } } ch:send(ch)
      local sender = goroutine.async(function() ch:send("third") return "sent" end)
      local selecting = goroutine.async(function() return goroutine.select{ {channel = goroutine.channel(), receive = true}, {channel = ch, send = "fourth"} } end)
      goroutine.yield()
      local ok, a, same, c, d = goroutine.await(goroutine.spawn_isolated(function()
        local first, second = ch:receive(), ch:receive()
        return first[2][1], rawequal(second, ch), ch:receive(), (ch:receive())
      end))
      t.eq(ok, true, a) t.eq(a, 2) t.eq(same, true) t.eq(c, "third") t.eq(d, "fourth")
      t.eq(select(2, goroutine.await(sender)), "sent") t.eq(select(2, goroutine.await(selecting)), 2)

      local empty = goroutine.channel()
      local receiver = goroutine.async(function() return (empty:receive()) end)
      local chooser = goroutine.async(function() local got goroutine.select{ {channel = empty, receive = true, handler = function(v) got = v end} } return got end)
      goroutine.yield()
      goroutine.spawn_isolated(function() empty:send("x") empty:send("y") end)
      t.eq(select(2, goroutine.await(receiver)), "x") t.eq(select(2, goroutine.await(chooser)), "y")
      t.eq(tostring(ch), 'channel "crossing"') t.eq(ch:cap(), 2)
      ch:close() t.eq(ch:is_closed(), true)
      t.fails(function() ch:send(1) end, 'closed channel "crossing"')
      t.fails(function() ch:close() end, "closed")
      """)
  }

  @Test func aPromotionThatFailsChangesNothing() async {
    await check(
      """
      local ch = goroutine.channel(2)
      ch:send("fine") ch:send(coroutine.create(print))
      t.fails(function() goroutine.spawn_isolated(function() return ch end) end, "cannot copy a coroutine")
      t.eq(ch:len(), 2) t.eq(ch:receive(), "fine") t.eq(type((ch:receive())), "thread")
      """)
  }

  @Test func selectWorksOverLocalAndSharedChannels() async {
    await check(
      """
      local far, near, sum, open = goroutine.channel(), goroutine.channel(), 0, 2
      goroutine.spawn_isolated(function() for i = 1, 300 do far:send(i) end far:close() end)
      goroutine.spawn(function() for i = 1, 300 do near:send(i) end near:close() end)
      local function case(ch) return { channel = ch, receive = true, handler = function(v, ok) if ok then sum = sum + v else open = open - 1 end end } end
      local cases = { case(far), case(near) }
      while #cases > 0 do
        local before = open
        local index = goroutine.select(cases)
        if open < before then table.remove(cases, index) end
      end
      t.eq(sum, 2 * 300 * 301 / 2)
      """)
  }

  // Selects of several isolates on the same channels: each element goes to exactly one of them.
  @Test func selectsAcrossIsolatesNeitherLoseNorDouble() async {
    await check(
      """
      local a, b, done = goroutine.channel(), goroutine.channel(1), goroutine.channel(10)
      local function produce(n)
        local sent = 0
        for i = 1, n do
          goroutine.select{ {channel = a, send = i}, {channel = b, send = i} }
          sent = sent + i
        end
        return sent
      end
      local function consume()
        local received = 0
        while true do
          local stop
          local function take(v, ok) if not ok then stop = true else received = received + v end end
          goroutine.select{ {channel = a, receive = true, handler = take}, {channel = b, receive = true, handler = take} }
          if stop then return received end
        end
      end
      local producers, consumers, sent, received = {}, {}, 0, 0
      for i = 1, 3 do consumers[i] = goroutine.spawn_isolated(consume) end
      for i = 1, 2 do producers[i] = goroutine.spawn_isolated(produce, 300) end
      producers[3] = goroutine.async(produce, 300)
      for _, r in ipairs(goroutine.await_all(producers)) do sent = sent + r.values[1] end
      a:close()
      for _, r in ipairs(goroutine.await_all(consumers)) do received = received + r.values[1] end
      while true do local v, ok = b:try_receive() if not ok then break end received = received + v end
      t.eq(received, sent)
      """)
  }

  @Test func locksAndCountersWorkAcrossIsolates() async {
    await check(
      """
      local mu, plain, atomic, wg = goroutine.mutex(), goroutine.atomic_int(), goroutine.atomic_int(), goroutine.wait_group()
      local sem, inside, most = goroutine.semaphore(2), goroutine.atomic_int(), goroutine.atomic_int()
      wg:add(4)
      for _ = 1, 4 do goroutine.spawn_isolated(function()
        for _ = 1, 200 do
          mu:lock() local v = plain:load() plain:store(v + 1) mu:unlock()
          sem:acquire() if inside:add(1) > 2 then most:store(99) end inside:add(-1) sem:release()
          atomic:add(1)
        end
        wg:done()
      end) end
      wg:wait()
      t.eq(plain:load(), 800) t.eq(atomic:load(), 800) t.eq(most:load(), 0)
      """)
  }

  @Test func contextsCancelAcrossIsolates() async {
    await check(
      """
      local ctx, ready = goroutine.context():with_cancel(), goroutine.channel()
      local h = goroutine.spawn_isolated(function()
        ready:send(true)
        ctx:done():receive()
        return ctx:err()
      end)
      ready:receive() ctx:cancel()
      t.eq(select(2, goroutine.await(h)), "context cancelled")
      """)
  }

  @Test func killingTheWaiterKillsTheIsolatedGoroutine() async {
    await check(
      """
      local ended, started = goroutine.channel(1), goroutine.channel()
      local h = goroutine.spawn_isolated(function()
        local guard <close> = setmetatable({}, { __close = function() ended:send("closed") end })
        started:send(true)
        while true do end
      end)
      started:receive()
      goroutine.cancel(h)
      t.eq(ended:receive(), "closed")
      """, clock: SystemClock())
  }

  @Test func valuesInFlightToAKilledReceiverAreKept() async {
    await check(
      """
      local ch = goroutine.channel()
      goroutine.await(goroutine.spawn_isolated(function() return ch:len() end))  -- shared from here on
      for round = 1, 50 do
        local victim = goroutine.async(function() ch:receive() end)
        goroutine.yield()
        local sender = goroutine.spawn_isolated(function(v) ch:send(v) end, round)
        goroutine.yield()
        goroutine.cancel(victim)
        local ok = goroutine.await(victim)
        if not ok then t.eq(ch:receive(), round) end
        goroutine.await(sender)
      end
      """)
  }
}
