import RevoadaLua
import Testing

/// Channels that do something else than wait when they are full, and the inspector that counts what they did.
@Suite(.timeLimit(.minutes(10))) struct OverflowChannelTests {
  /// Each strategy, on a channel of one isolate and on one that has crossed to another.
  @Test(arguments: ["", "goroutine.await(goroutine.spawn_isolated(function() return ch:len() end))"])
  func everyElementIsReceivedOrDroppedAndCounted(crossing: String) async {
    await check(
      """
      local function drain(ch) local t = {} ch:range(function(v) t[#t + 1] = v end) return table.concat(t, ",") end
      for strategy, expected in pairs{ drop_oldest = "4,5,6", drop_newest = "1,2,3" } do
        local dropped = {}
        local ch = goroutine.channel_with_overflow(3, strategy, function(v) dropped[#dropped + 1] = v end)
        \(crossing)
        for i = 1, 6 do t.eq(ch:send(i), true) end
        t.eq(ch:try_send(7), true)
        local inspector = goroutine.channel_inspector(ch)
        t.eq(inspector:total_sent(), 7) t.eq(inspector:total_dropped(), 4) t.eq(inspector:len(), 3)
        ch:close()
        t.eq(drain(ch), strategy == "drop_oldest" and "5,6,7" or "1,2,3", strategy)
        goroutine.sleep(1)
        t.eq(table.concat(dropped, ","), strategy == "drop_oldest" and "1,2,3,4" or "4,5,6,7", "handed to the callback")
        t.eq(inspector:total_sent(), inspector:total_received() + inspector:len() + inspector:total_dropped(), "ledger")
      end
      local ch = goroutine.channel_with_overflow(1, "error", nil, "tight")
      \(crossing)
      t.eq(ch:send(1), true)
      local ok, err = ch:send(2)
      t.eq(ok, nil) t.eq(err, 'channel "tight" is full')
      t.eq(ch:try_send(2), false)
      t.eq(goroutine.channel_inspector(ch):total_dropped(), 0, "refused is not dropped")
      """)
  }

  @Test func aReceiverThatWaitsIsServedBeforeAnythingIsDropped() async {
    await check(
      """
      local ch, got = goroutine.channel_with_overflow(1, "drop_newest"), {}
      goroutine.spawn(function() got[1] = ch:receive() got[2] = ch:receive() end)
      goroutine.yield()
      ch:send("a") ch:send("b") ch:send("c")
      goroutine.sleep(1)
      t.eq(got[1] .. got[2], "ab") t.eq(goroutine.channel_inspector(ch):total_dropped(), 1)
      """)
  }

  @Test func selectSendsToAFullChannelByItsStrategy() async {
    await check(
      """
      local ch = goroutine.channel_with_overflow(1, "drop_oldest")
      ch:send(1)
      t.eq(goroutine.select{ { channel = ch, send = 2 }, { default = true } }, 1)
      t.eq(ch:receive(), 2)
      """)
  }

  @Test func aCallbackMayUseTheChannelItself() async {
    await check(
      """
      local ch
      ch = goroutine.channel_with_overflow(1, "drop_oldest", function(v) if v == 1 then ch:send("again") end end)
      ch:send(1) ch:send(2)
      goroutine.sleep(1)
      t.eq(ch:receive(), "again") t.eq(goroutine.channel_inspector(ch):total_dropped(), 2)
      """)
  }

  @Test func theInspectorCountsFromTheChannelsBirth() async {
    await check(
      """
      local ch = goroutine.channel(2)
      ch:send(1) ch:send(2) ch:receive() ch:send(3)
      local inspector = goroutine.channel_inspector(ch)
      goroutine.spawn(function() ch:send(4) end)
      goroutine.yield()
      t.eq(inspector:len(), 2) t.eq(inspector:cap(), 2) t.eq(inspector:total_sent(), 3) t.eq(inspector:total_received(), 1)
      t.eq(inspector:blocked_senders(), 1) t.eq(inspector:blocked_receivers(), 0) t.eq(inspector:is_closed(), false)
      ch:receive() goroutine.yield()
      t.eq(inspector:blocked_senders(), 0) t.eq(inspector:total_sent(), 4)
      local ok, sent = goroutine.await(goroutine.spawn_isolated(function() return inspector:total_sent() end))
      t.eq(sent, 4, "the inspector shows the same channel in another isolate")
      t.eq(inspector:total_sent(), 4)
      """)
  }

  @Test(arguments: [
    ("goroutine.channel_with_overflow(3, 'explode')", "unknown strategy 'explode'; use \"drop_oldest\""),
    ("goroutine.channel_with_overflow(0, 'drop_oldest')", "capacity must be at least 1"),
    ("goroutine.channel_with_overflow(-1, 'block')", "capacity must not be negative"),
    ("goroutine.channel_with_overflow('x', 'block')", "bad argument #1 to 'channel_with_overflow'"),
    ("goroutine.channel_with_overflow(1, 'drop_oldest', 5)", "bad argument #3"),
    (
      "goroutine.channel_inspector({})",
      "bad argument #1 to 'channel_inspector' (channel expected, got table)"
    ),
    ("goroutine.debounce_channel(goroutine.channel(), 0)", "milliseconds must be positive"),
    ("goroutine.debounce_channel(5, 10)", "channel expected, got number"),
    ("goroutine.throttle_channel(goroutine.channel(), 0/0)", "milliseconds must be positive"),
    ("goroutine.throttle_channel(goroutine.channel(), 5, 'last')", "unknown mode 'last'"),
    ("goroutine.merge{goroutine.channel(), 5}", "element 2 is no channel"),
    ("goroutine.merge(goroutine.channel())", "table expected, got channel"),
    ("goroutine.merge{a = goroutine.channel()}", "a list of channels expected"),
  ])
  func misuseIsAnErrorAtItsLine(source: String, part: String) async {
    let error = await Script().error("\n" + source)
    #expect(error.message.hasPrefix("script.lua:2: "))
    #expect(error.message.contains(part))
  }
}

/// Debounce, throttle, merge: timelines in virtual time.
@Suite(.timeLimit(.minutes(10))) struct ChannelFlowTests {
  /// Sends elements at times, and notes when what comes out.
  private static let timeline = """
    local function play(events, make)
      local input, log = goroutine.channel(100), {}
      local output = make(input)
      goroutine.spawn(function()
        local time = 0
        for _, event in ipairs(events) do
          goroutine.sleep(event[1] - time)
          time = event[1]
          if event[2] then input:send(event[2]) else input:close() end
        end
      end)
      local began = time_ms()
      output:range(function(v) log[#log + 1] = v .. "@" .. math.floor(time_ms() - began + 0.5) end)
      log[#log + 1] = "end@" .. math.floor(time_ms() - began + 0.5)
      return table.concat(log, " ")
    end

    """

  private static var clock: LuaModule {
    var module = LuaModule("clock")
    module.function("now") { [.number(Double($0.isolate.now) / 1e6)] }
    module.prelude("local clock = ... function time_ms() return clock.now() end", name: "clock")
    return module
  }

  private func play(_ source: String) async { await check(Self.timeline + source, modules: [Self.clock]) }

  @Test func debounceKeepsTheLastOfABurstAndFlushesAtClose() async {
    await play(
      """
      local function make(input) return goroutine.debounce_channel(input, 30) end
      t.eq(play({ {0, "a"}, {10, "b"}, {20, "c"}, {100, "d"}, {105, "e"}, {110} }, make), "c@50 e@110 end@110")
      t.eq(play({ {0} }, make), "end@0")
      """)
  }

  @Test func throttlePassesTheFirstAtOnceThenTheLatestPerInterval() async {
    await play(
      """
      local events = { {0, "a"}, {5, "b"}, {10, "c"}, {35, "d"}, {100, "e"}, {101, "f"}, {102} }
      t.eq(play(events, function(input) return goroutine.throttle_channel(input, 30) end),
        "a@0 c@30 d@60 e@100 f@102 end@102")
      t.eq(play(events, function(input) return goroutine.throttle_channel(input, 30, "first") end),
        "a@0 d@35 e@100 end@102")
      """)
  }

  @Test func aBusyInputDoesNotHoldThrottleUp() async {
    await check(
      """
      local input = goroutine.channel(1000)
      for i = 1, 1000 do input:send(i) end
      local output = goroutine.throttle_channel(input, 5)
      t.eq(output:receive(), 1)
      t.eq(output:receive(), 1000, "the latest")
      """)
  }

  @Test func mergeEndsAfterAllItsInputs() async {
    await check(
      """
      local inputs, total = {}, 0
      for i = 1, 3 do
        inputs[i] = goroutine.channel(1)
        goroutine.spawn(function() for n = 1, 10 do inputs[i]:send(n) end inputs[i]:close() end)
      end
      for v in goroutine.merge(inputs):range() do total = total + v end
      t.eq(total, 165)
      local _, open = goroutine.merge{}:receive()
      t.eq(open, false, "nothing to merge")
      """)
  }

  @Test func elementsKeepTheirIdentityOnTheWay() async {
    await check(
      """
      local input, object = goroutine.channel(1), { deep = {} }
      input:send(object) input:close()
      t.eq(goroutine.debounce_channel(goroutine.throttle_channel(goroutine.merge{ input }, 5), 5):receive(), object)
      """)
  }
}
