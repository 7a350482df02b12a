import RevoadaLua
import Testing

@Suite struct SelectTests {
  @Test func theReadyCaseRunsAndTheOthersKeepTheirValues() async {
    await check(
      """
      local a, b, picked = goroutine.channel(1), goroutine.channel(1)
      b:send("b")
      local index = goroutine.select{ {channel = a, receive = true}, {channel = b, receive = true, handler = function(v, ok) picked = v end} }
      t.eq(index, 2) t.eq(picked, "b")
      index = goroutine.select{ {channel = a, receive = true}, {default = true, handler = function() picked = "default" end} }
      t.eq(index, 2) t.eq(picked, "default")
      goroutine.select{ {channel = a, send = 42} }
      t.eq(a:receive(), 42)
      """)
  }

  @Test func aParkedSelectLeavesNoWaiterBehind() async {
    await check(
      """
      local a, b = goroutine.channel(), goroutine.channel()
      local h = goroutine.async(function() return goroutine.select{ {channel = a, receive = true}, {channel = b, send = "x"} } end)
      goroutine.yield()
      a:send(1)
      local ok, index = goroutine.await(h)
      t.eq(index, 1)
      t.eq(a:try_send(2), false) t.eq((b:try_receive()), nil)
      """)
  }

  @Test func timeAndClosingAreCases() async {
    await check(
      """
      local a = goroutine.channel()
      t.eq(goroutine.select_timeout(10, { {channel = a, receive = true} }), true)
      local late, index = goroutine.select_timeout(10, { {channel = a, receive = true}, {after = 5} })
      t.eq(late, false) t.eq(index, 2)
      t.eq(goroutine.select{ {after = 3}, {after = 2}, {channel = a, receive = true} }, 2)
      goroutine.spawn(function() goroutine.sleep(1) a:close() end)
      local value, ok = 1, true
      goroutine.select{ {channel = a, receive = true, handler = function(v, o) value, ok = v, o end} }
      t.eq(value, nil) t.eq(ok, false)
      t.fails(function() goroutine.select{ {channel = a, send = 1} } end, "closed")
      """)
  }

  @Test func goroutinesAreCasesToo() async {
    await check(
      """
      local slow = goroutine.async(function() goroutine.sleep(50) return "slow" end)
      local fast = goroutine.async(function() goroutine.sleep(5) return "fast" end)
      local got
      local index = goroutine.select{ {await = slow}, {await = fast, handler = function(ok, value) got = value end} }
      t.eq(index, 2) t.eq(got, "fast")
      local ok, value = goroutine.await_any{ slow, fast }
      t.eq(value, "fast")
      """)
  }

  @Test func aSelectNeverMeetsItself() async {
    await check(
      """
      local ch = goroutine.channel()
      local late = goroutine.select_timeout(5, { {channel = ch, send = 1}, {channel = ch, receive = true} })
      t.eq(late, true)
      """)
  }

  @Test func biasedSelectTakesTheFirstListed() async {
    await check(
      """
      local a, b = goroutine.channel(50), goroutine.channel(50)
      for i = 1, 50 do a:send(i) b:send(i) end
      for _ = 1, 50 do t.eq(goroutine.select{ biased = true, {channel = b, receive = true}, {channel = a, receive = true} }, 1) end
      """)
  }

  @Test func readyCasesAreChosenEvenly() async {
    await check(
      """
      local chans, seen = {}, {0, 0, 0}
      for c = 1, 3 do chans[c] = goroutine.channel(3000) for _ = 1, 3000 do chans[c]:send(c) end end
      for _ = 1, 3000 do
        local index = goroutine.select{ {channel = chans[1], receive = true}, {channel = chans[2], receive = true}, {channel = chans[3], receive = true} }
        seen[index] = seen[index] + 1
      end
      for c = 1, 3 do if seen[c] < 800 or seen[c] > 1200 then error(table.concat(seen, " ")) end end
      """)
  }

  // Conservation under random interleavings: everything sent is received once, by whoever.
  @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8])
  func selectsNeitherLoseNorDoubleElements(seed: Int) async {
    await check(
      """
      math.randomseed(\(seed))
      local chans, sent, received, wg = {}, 0, 0, goroutine.wait_group()
      for c = 1, 4 do chans[c] = goroutine.channel(math.random(0, 2)) end
      local function pause() if math.random(3) == 1 then goroutine.yield() elseif math.random(9) == 1 then goroutine.sleep(math.random()) end end
      local function cases(value)
        local list = {}
        for c = 1, math.random(1, 4) do
          local ch = chans[math.random(4)]
          list[c] = value and {channel = ch, send = value, handler = function() sent = sent + value end}
            or {channel = ch, receive = true, handler = function(v, ok) if ok then received = received + v end end}
        end
        return list
      end
      wg:add(6)
      for p = 1, 6 do goroutine.spawn(function()
        for i = 1, 200 do
          pause()
          local value = math.random(1000)
          if math.random(2) == 1 then goroutine.select(cases(value))
          elseif math.random(2) == 1 then goroutine.select_timeout(math.random() * 2, cases(value))
          else chans[math.random(4)]:send(value) sent = sent + value end
        end
        wg:done()
      end) end
      local readers = {}
      for r = 1, 5 do readers[r] = goroutine.spawn(function()
        while true do
          pause()
          if math.random(2) == 1 then goroutine.select_timeout(1, cases(nil))
          else local v, ok = chans[math.random(4)]:try_receive() if ok then received = received + v end end
          goroutine.sleep(0.01)
        end
      end) end
      wg:wait()
      goroutine.sleep(1)
      for c = 1, 4 do
        while true do local v, ok = chans[c]:try_receive() if not ok then break end received = received + v end
      end
      t.eq(received, sent)
      """)
  }

  @Test func badCasesAreNamed() async {
    await check(
      """
      local ch = goroutine.channel()
      t.fails(function() goroutine.select{ {channel = ch, receive = true}, {receive = true} } end, "script.lua:2: bad argument #1 to 'select' (case 2 has no channel)")
      t.fails(function() goroutine.select{ {channel = ch} } end, "neither receive nor send")
      t.fails(function() goroutine.select{ 5 } end, "case 1 is not a table")
      t.fails(function() goroutine.select{ {default = true}, {default = true} } end, "second default")
      t.fails(function() goroutine.select{ {channel = ch, receive = true, handler = 3} } end, "handler")
      t.fails(function() goroutine.select(5) end, "table expected, got number")
      """)
  }
}
