import RevoadaLua
import Testing

/// Priority channels and broadcasters.
@Suite(.timeLimit(.minutes(10))) struct ChannelObjectTests {
  @Test func theHighestPriorityComesFirstAndFIFOWithinOne() async {
    await check(
      """
      local pq = goroutine.priority_channel()
      pq:send("low", 1) pq:send("high", 10) pq:send("none") pq:send("mid", 5) pq:send("high2", 10) pq:send("under", -3)
      t.eq(pq:len(), 6) t.eq(pq:cap(), nil)
      local got = {}
      pq:close()
      pq:range(function(v) got[#got + 1] = v end)
      t.eq(table.concat(got, " "), "high high2 mid low none under")
      local v, ok, why = pq:try_receive()
      t.eq(v, nil) t.eq(ok, false) t.eq(why, "closed")
      """)
  }

  @Test func aBoundedOneHoldsItsSendersBack() async {
    await check(
      """
      local pq, log = goroutine.priority_channel(1), {}
      pq:send(1, 1)
      t.eq(pq:try_send(2, 2), false)
      for n = 3, 5 do goroutine.spawn(function() pq:send(n, n) log[#log + 1] = n end) end
      goroutine.yield()
      t.eq(goroutine.channel_inspector(pq):blocked_senders(), 3)
      t.eq(pq:receive(), 5, "a waiting one of a higher priority")
      local value, ok, priority = pq:receive()
      t.eq(value, 4) t.eq(ok, true) t.eq(priority, 4)
      t.eq(pq:receive(), 3) t.eq(pq:receive(), 1)
      local inspector = goroutine.channel_inspector(pq)
      t.eq(inspector:total_sent(), 4) t.eq(inspector:total_received(), 4) t.eq(inspector:len(), 0)
      """)
  }

  @Test func anElementWhoseReceiverIsKilledIsNotLost() async {
    await check(
      """
      local pq = goroutine.priority_channel()
      local receivers = {}
      for i = 1, 3 do receivers[i] = goroutine.spawn(function() pq:receive() error("never") end) end
      goroutine.yield()
      pq:send("first", 5) pq:send("second", 1)
      for _, handle in ipairs(receivers) do handle:cancel() end
      t.eq(pq:receive(), "first") t.eq(pq:receive(), "second")
      local news = goroutine.broadcaster()
      local sub = news:subscribe()
      local waiting = goroutine.spawn(function() sub:receive() error("never") end)
      goroutine.yield()
      news:broadcast("kept")
      waiting:cancel()
      goroutine.sleep(1)
      t.eq(sub:receive(), "kept")
      """)
  }

  @Test func eachSubscriberHasItsOwnPolicy() async {
    await check(
      """
      local function drain(sub) local list = {} sub:range(function(v) list[#list + 1] = v end) return table.concat(list, ",") end
      local news = goroutine.broadcaster()
      local all, oldest, newest, lag, gone = news:subscribe(), news:subscribe{ buffer = 2, policy = "drop_oldest" },
        news:subscribe{ buffer = 2, policy = "drop_newest" }, news:subscribe{ buffer = 2, policy = "lag" },
        news:subscribe{ buffer = 2, policy = "disconnect" }
      for i = 1, 5 do news:broadcast(i) end
      t.eq(news:subscribers(), 4, "one was disconnected")
      t.eq(goroutine.channel_inspector(oldest):total_dropped(), 3)
      news:close()
      t.eq(drain(all), "1,2,3,4,5") t.eq(drain(oldest), "4,5") t.eq(drain(newest), "1,2")
      local value, ok, missed = lag:receive()
      t.eq(value, 4) t.eq(ok, true) t.eq(missed, 3)
      t.eq(select("#", lag:receive()), 2)
      gone:receive() gone:receive()
      local v, open, why = gone:receive()
      t.eq(v, nil) t.eq(open, false) t.eq(why:find("disconnected", 1, true) ~= nil, true)
      t.fails(function() news:broadcast(6) end, "broadcast on closed broadcaster")
      t.fails(function() news:close() end, "already closed")
      """)
  }

  @Test func aFullOneThatBlocksHoldsOnlyTheSenderBack() async {
    await check(
      """
      local news, sent = goroutine.broadcaster(), false
      local slow, quick = news:subscribe{ buffer = 1 }, news:subscribe()
      news:broadcast(1)
      goroutine.spawn(function() news:broadcast(2) sent = true end)
      goroutine.yield()
      t.eq(quick:receive(), 1) t.eq(quick:receive(), 2) t.eq(sent, false)
      t.eq(slow:receive(), 1)
      goroutine.yield()
      t.eq(sent, true) t.eq(slow:receive(), 2)
      """)
  }

  @Test func lateSubscribersGetWhatTheyAskFor() async {
    await check(
      """
      local news = goroutine.broadcaster{ history = 3 }
      for i = 1, 5 do news:broadcast(i) end
      local sub = news:subscribe{ replay = 10 }
      t.eq(sub:receive(), 3) t.eq(sub:receive(), 4) t.eq(sub:receive(), 5)
      t.eq(select("#", news:subscribe():try_receive()), 2)
      """)
  }

  @Test func theyFeedMergesAndPipelines() async {
    await check(
      """
      local pq, news = goroutine.priority_channel(), goroutine.broadcaster()
      local sub = news:subscribe()
      pq:send(1) pq:close()
      news:broadcast(2) news:close()
      local sum = 0
      goroutine.pipeline(goroutine.merge{ pq, sub }, { { fn = function(x) return x * 10 end } }):range(function(v) sum = sum + v end)
      t.eq(sum, 30)
      """)
  }

  @Test func elementsCrossToOtherIsolatesAsCopies() async {
    await check(
      """
      local pq, news = goroutine.priority_channel(), goroutine.broadcaster()
      local sub, object = news:subscribe(), { deep = { 1 } }
      pq:send(object, 1) pq:send({ two = true }, 0)
      news:broadcast(object)
      t.eq(pq:receive(), object, "the same table here")
      local ok, a, b = goroutine.await(goroutine.spawn_isolated(function()
        pq:send({ from = "there" }, 9)
        return pq:receive().from, sub:receive().deep[1]
      end))
      t.eq(ok, true) t.eq(a, "there") t.eq(b, 1)
      t.eq(pq:receive().two, true)
      """)
  }

  @Test func whatCannotBeCopiedStaysAnErrorOfTheReceiver() async {
    await check(
      """
      local pq = goroutine.priority_channel()
      pq:send({ handle = goroutine.spawn(function() end) })
      local ok, err = goroutine.await(goroutine.spawn_isolated(function() return pq:receive() end))
      t.eq(ok, false) t.eq(err:find("cannot copy a goroutine handle to another isolate", 1, true) ~= nil, true, err)
      """)
  }

  @Test(arguments: [
    ("goroutine.priority_channel(-1)", "capacity must not be negative"),
    ("goroutine.priority_channel(1, {aging = 5})", "unknown option 'aging'; known: ageing, name"),
    (
      "goroutine.priority_channel():send(1, 'high')",
      "bad argument #2 to 'send' (number expected, got string)"
    ),
    (
      "local p = goroutine.priority_channel(1, {name = 'p'}) p:close() p:send(1)",
      "send on closed priority_channel \"p\""
    ),
    ("local p = goroutine.priority_channel() p:close() p:close()", "close of already closed"),
    ("goroutine.broadcaster{history = -1}", "option 'history': whole number from 0"),
    ("goroutine.broadcaster():subscribe{policy = 'some'}", "unknown value 'some'; use one of \"block\""),
    ("goroutine.broadcaster():subscribe{buffer = 0}", "option 'buffer': whole number from 1"),
    ("goroutine.broadcaster():subscribe{buffr = 1}", "unknown option 'buffr'; known: buffer, policy, replay"),
  ])
  func misuseIsAnErrorAtItsLine(source: String, part: String) async {
    let error = await Script().error("\n" + source)
    #expect(error.message.hasPrefix("script.lua:2: "), "\(error.message)")
    #expect(error.message.contains(part), "\(error.message)")
  }
}
