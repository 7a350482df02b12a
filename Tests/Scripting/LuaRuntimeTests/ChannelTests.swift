import RevoadaLua
import Testing

@Suite struct ChannelTests {
  @Test func anUnbufferedSendWaitsForItsReceiver() async {
    await check(
      """
      local ch, log = goroutine.channel(), {}
      goroutine.spawn(function() ch:send(1) log[#log + 1] = "sent" end)
      goroutine.sleep(1)
      t.eq(#log, 0)
      t.eq(ch:receive(), 1)
      goroutine.yield()
      t.eq(log[1], "sent")
      """)
  }

  @Test func aBufferedChannelIsFirstInFirstOutWithBlockedSenders() async {
    await check(
      """
      local ch = goroutine.channel(3)
      for sender = 1, 10 do goroutine.spawn(function() ch:send(sender) end) end
      goroutine.yield()
      t.eq(ch:len(), 3) t.eq(ch:cap(), 3)
      for expected = 1, 10 do t.eq(ch:receive(), expected) end
      t.eq(ch:len(), 0)
      """)
  }

  @Test func receiversAreServedInTheOrderOfTheirArrival() async {
    await check(
      """
      local ch, got = goroutine.channel(), {}
      for receiver = 1, 5 do goroutine.spawn(function() got[receiver] = ch:receive() end) end
      goroutine.yield()
      for value = 1, 5 do ch:send(value * 10) end
      goroutine.yield()
      t.eq(table.concat(got, ","), "10,20,30,40,50")
      """)
  }

  @Test func closeDrainsTheBufferThenGivesNilAndFalse() async {
    await check(
      """
      local ch = goroutine.channel(2)
      ch:send("a") ch:send(nil) ch:close()
      t.eq(ch:is_closed(), true)
      local value, ok = ch:receive() t.eq(value, "a") t.eq(ok, true)
      value, ok = ch:receive() t.eq(value, nil) t.eq(ok, true, "nil is a value")
      value, ok = ch:receive() t.eq(value, nil) t.eq(ok, false)
      local nothing, more, why = ch:try_receive()
      t.eq(nothing, nil) t.eq(more, false) t.eq(why, "closed")
      """)
  }

  @Test func closeWakesReceiversAndFailsSenders() async {
    await check(
      """
      local full, empty, ended = goroutine.channel(0, "full"), goroutine.channel(), 0
      local sender = goroutine.async(function() full:send(1) end)
      for _ = 1, 3 do goroutine.spawn(function() local v, ok = empty:receive() if v == nil and not ok then ended = ended + 1 end end) end
      goroutine.yield()
      full:close() empty:close()
      goroutine.yield()
      t.eq(ended, 3)
      local ok, err = goroutine.await(sender)
      t.eq(ok, false) t.eq(err, 'script.lua:2: send on closed channel "full"')
      """)
  }

  @Test func misuseIsAnErrorAtTheScriptsLine() async {
    await check(
      """
      local ch = goroutine.channel(1, "jobs") ch:close()
      t.eq(t.fails(function() ch:send(1) end, "closed"), 'script.lua:2: send on closed channel "jobs"')
      t.fails(function() ch:close() end, "script.lua:3: close of already closed channel")
      t.fails(function() ch:try_send(1) end, "closed")
      local out, inn = goroutine.channel(1, "send"), goroutine.channel(1, "receive")
      t.fails(function() out:receive() end, "send-only")
      t.fails(function() out:try_receive() end, "send-only")
      t.fails(function() inn:send(1) end, "receive-only")
      t.fails(function() goroutine.channel(-1) end, "negative")
      """)
  }

  @Test func tryOperationsNeverWait() async {
    await check(
      """
      local ch = goroutine.channel()
      t.eq(ch:try_send(1), false, "nobody receives")
      local value, ok, why = ch:try_receive()
      t.eq(value, nil) t.eq(ok, false) t.eq(why, nil)
      goroutine.spawn(function() ch:send("waiting") end)
      goroutine.yield()
      t.eq(ch:try_receive(), "waiting")
      """)
  }

  @Test func rangeWorksAsLoopAndAsFunction() async {
    await check(
      """
      local ch, sum = goroutine.channel(5), 0
      for i = 1, 3 do ch:send(i) end ch:close()
      ch:range(function(v) sum = sum + v end)
      t.eq(sum, 6)
      local other = goroutine.channel(5)
      for i = 1, 3 do other:send(i) end other:close()
      for v in other:range() do sum = sum + v end
      t.eq(sum, 12)
      t.eq(goroutine.channel_len(other), 0)
      """)
  }

  @Test func theFunctionFormsAreTheMethods() async {
    await check(
      """
      local ch = goroutine.channel(2)
      goroutine.channel_send(ch, 1)
      t.eq(goroutine.channel_try_send(ch, 2), true)
      t.eq(goroutine.channel_cap(ch), 2)
      t.eq(goroutine.channel_receive(ch), 1)
      t.eq(goroutine.channel_try_receive(ch), 2)
      goroutine.channel_close(ch)
      t.eq(goroutine.channel_is_closed(ch), true)
      goroutine.channel_range(ch, error)
      """)
  }

  // Go's prime sieve: a chain of goroutines over unbuffered channels.
  @Test func thePrimeSieveFindsPrimes() async throws {
    let results = try await Script().run(
      """
      local function filter(input, prime)
        local output = goroutine.channel()
        goroutine.spawn(function()
          while true do local n = input:receive() if n % prime ~= 0 then output:send(n) end end
        end)
        return output
      end
      local source = goroutine.channel()
      local numbers = source
      goroutine.spawn(function() local n = 2 while true do source:send(n) n = n + 1 end end)
      local primes = {}
      for i = 1, 50 do primes[i] = numbers:receive() numbers = filter(numbers, primes[i]) end
      return primes[50]
      """)
    #expect(results == [229])
  }
}
