import RevoadaLua
import Testing

/// Priority channels and subscriptions among the cases of a select.
@Suite(.timeLimit(.minutes(10))) struct ObjectSelectTests {
  @Test func anObjectThatIsReadyIsServedAtOnce() async {
    await check(
      """
      local pq, ch = goroutine.priority_channel(), goroutine.channel()
      pq:send("low", 1) pq:send("high", 9)
      local got
      local cases = { {channel = ch, receive = true}, {channel = pq, receive = true, handler = function(...) got = {...} end}, {default = true} }
      t.eq(goroutine.select(cases), 2) t.eq(got[1], "high") t.eq(got[2], true) t.eq(got[3], 9)
      t.eq(goroutine.select(cases), 2) t.eq(got[1], "low")
      t.eq(goroutine.select(cases), 3)
      pq:close()
      t.eq(goroutine.select(cases), 2) t.eq(got[1], nil) t.eq(got[2], false)
      """)
  }

  @Test func aSelectWaitsForObjectsAndChannelsAtOnce() async {
    await check(
      """
      local pq, news, ch = goroutine.priority_channel(), goroutine.broadcaster(), goroutine.channel()
      local sub, log = news:subscribe(), {}
      local function note(name) return function(value) log[#log + 1] = name .. tostring(value) end end
      local cases = {
        {channel = pq, receive = true, handler = note("pq ")}, {channel = sub, receive = true, handler = note("sub ")},
        {channel = ch, receive = true, handler = note("ch ")},
      }
      local reader = goroutine.spawn(function() for _ = 1, 6 do goroutine.select(cases) end end)
      goroutine.sleep(1) pq:send(1, 0)
      goroutine.sleep(1) ch:send(2)
      goroutine.sleep(1) news:broadcast(3)
      goroutine.sleep(1) ch:send(4)
      goroutine.sleep(1) pq:send(5, 0)
      goroutine.sleep(1) news:broadcast(6)
      goroutine.await(reader)
      t.eq(table.concat(log, ", "), "pq 1, ch 2, sub 3, ch 4, pq 5, sub 6")
      t.eq(ch:try_send(7), false, "no receiver is left") pq:send(8, 0) t.eq(pq:receive(), 8) t.eq(sub:len(), 0)
      """)
  }

  @Test func theLosersLeaveNothingBehind() async {
    await check(
      """
      local pq, ch = goroutine.priority_channel(0), goroutine.channel()
      local inspector = goroutine.channel_inspector(pq)
      t.eq(goroutine.select_timeout(5, { {channel = pq, receive = true}, {channel = ch, receive = true} }), true)
      t.eq(inspector:blocked_receivers(), 0)
      local handle = goroutine.spawn(function() goroutine.select{ {channel = pq, receive = true}, {channel = ch, receive = true} } end)
      goroutine.sleep(1) t.eq(inspector:blocked_receivers(), 1)
      ch:send(1) goroutine.sleep(1)
      t.eq(inspector:blocked_receivers(), 0) t.eq(pq:try_send(1), false)
      handle = goroutine.spawn(function() goroutine.select{ {channel = pq, receive = true} } end)
      goroutine.sleep(1) handle:cancel() goroutine.sleep(1)
      t.eq(inspector:blocked_receivers(), 0) t.eq(pq:try_send(1), false)
      """)
  }

  @Test func bothReadyInOneTurnServeOnce() async {
    await check(
      """
      local pq, ch = goroutine.priority_channel(), goroutine.channel(8)
      local got = {}
      local cases = { {channel = pq, receive = true, handler = function(v) got[v] = true end},
                      {channel = ch, receive = true, handler = function(v) got[v] = true end} }
      local reader = goroutine.spawn(function() for _ = 1, 200 do goroutine.select(cases) end end)
      for i = 1, 100 do
        goroutine.yield()
        if i % 2 == 0 then pq:send(2 * i, 1) ch:send(2 * i - 1) else ch:send(2 * i - 1) pq:send(2 * i, 1) end
      end
      goroutine.await(reader)
      t.eq(#got, 200) t.eq(pq:len() + ch:len(), 0)
      """)
  }

  @Test func anElementForAKilledSelectIsNotLost() async {
    await check(
      """
      local pq = goroutine.priority_channel()
      local handle = goroutine.spawn(function() goroutine.select{ {channel = pq, receive = true} } end)
      goroutine.sleep(1)
      pq:send("precious", 3)
      handle:cancel()
      local value, ok, priority = pq:receive()
      t.eq(value, "precious") t.eq(priority, 3)
      """)
  }

  @Test func selectsInSeveralIsolatesShareObjectsAndChannels() async {
    await check(
      """
      local pq, ch, sum = goroutine.priority_channel(), goroutine.channel(), goroutine.atomic_int(0)
      local stop = goroutine.channel()
      local readers = {}
      for n = 1, 3 do
        readers[n] = goroutine.spawn_isolated(function()
          local count, open = 0, true
          while open do
            goroutine.select{
              {channel = pq, receive = true, handler = function(v) sum:add(v) count = count + 1 end},
              {channel = ch, receive = true, handler = function(v) sum:add(v) count = count + 1 end},
              {channel = stop, receive = true, handler = function() open = false end},
            }
          end
          return count
        end)
      end
      for i = 1, 300 do
        if i % 3 == 0 then ch:send(i) else pq:send(i, i % 5) end
      end
      while pq:len() > 0 do goroutine.sleep(1) end
      stop:close()
      local count = 0
      for _, reader in ipairs(readers) do count = count + select(2, goroutine.await(reader)) end
      t.eq(count, 300) t.eq(sum:load(), 300 * 301 / 2)
      """)
  }

  @Test func aSelectThatWaitsForEverIsADeadlockThatNamesItsObjects() async {
    let error = await Script().error(
      """
      local pq = goroutine.priority_channel(nil, { name = "jobs" })
      goroutine.select{ {channel = pq, receive = true}, {channel = goroutine.channel(0, "stop"), receive = true} }
      """)
    #expect(
      error.message == """
        script.lua:2: deadlock: every goroutine waits for ever
          main waits in select on priority_channel "jobs", channel "stop" at script.lua:2
        """)
  }

  @Test(arguments: [
    ("goroutine.select{ {channel = goroutine.mutex(), receive = true} }", "case 1 has no channel"),
    (
      "goroutine.select{ {channel = goroutine.broadcaster():subscribe(), send = 1} }",
      "case 1 can only receive from this kind of channel"
    ),
  ])
  func misuseIsAnErrorAtItsLine(source: String, part: String) async {
    let error = await Script().error("\n" + source)
    #expect(error.message.hasPrefix("script.lua:2: "), "\(error.message)")
    #expect(error.message.contains(part), "\(error.message)")
  }
}
