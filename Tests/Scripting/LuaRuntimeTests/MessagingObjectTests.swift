import RevoadaLua
import Testing

@Suite(.timeLimit(.minutes(10))) struct MessagingObjectTests {
  // MARK: Pub/sub

  @Test func everySubscriberWhosePatternFitsReceives() async {
    await check(
      """
      local bus = goroutine.pubsub()
      local one, rest, exact = bus:subscribe("logs.*"), bus:subscribe("logs.>"), bus:subscribe("logs.app")
      local message = { level = "warn" }
      t.eq(bus:publish("logs.app", message), 3)
      t.eq(bus:publish("logs.app.db", 1), 1)
      t.eq(bus:publish("nobody", 1), 0)
      t.eq(one:receive(), message, "the same table") t.eq(exact:receive(), message)
      t.eq(rest:receive(), message) t.eq(rest:receive(), 1)
      t.eq(select("#", one:try_receive()), 2)
      bus:unsubscribe(one)
      t.eq(bus:publish("logs.app", 2), 2) t.eq((one:receive()), nil)
      bus:close()
      local left = {}
      for value in rest:range() do left[#left + 1] = value end
      exact:range(function(value) left[#left + 1] = value end)
      t.eq(table.concat(left, ","), "2,2", "what was published is still received")
      """)
  }

  @Test func aFullSubscriptionDoesWhatItsPolicySays() async {
    await check(
      """
      local bus = goroutine.pubsub{ name = "news" }
      local latest = bus:subscribe("a", { buffer = 2, policy = "drop_oldest" })
      for i = 1, 5 do bus:publish("a", i) end
      t.eq(latest:receive(), 4) t.eq(latest:receive(), 5)
      local shared = { bus:subscribe("b", { group = "g" }), bus:subscribe("b", { group = "g" }) }
      for i = 1, 4 do t.eq(bus:publish("b", i), 1) end
      t.eq(shared[1]:len() + shared[2]:len(), 4)
      local patient = bus:subscribe("c", { buffer = 1 })
      bus:publish("c", 1)
      local publisher = goroutine.spawn(function() bus:publish("c", 2) end)
      goroutine.sleep(1) t.eq(publisher:status(), "running")
      t.eq(patient:receive(), 1) t.eq(patient:receive(), 2)
      goroutine.await(publisher)
      """)
  }

  @Test func subscriptionsCanBeSelected() async {
    await check(
      """
      local bus, got = goroutine.pubsub(), nil
      local sub = bus:subscribe("a")
      goroutine.spawn(function() goroutine.sleep(5) bus:publish("a", "hello") end)
      t.eq(goroutine.select{ {channel = goroutine.channel(), receive = true}, {channel = sub, receive = true, handler = function(v) got = v end} }, 2)
      t.eq(got, "hello")
      """)
  }

  // MARK: Request and reply

  @Test func repliesMeetTheirRequests() async {
    await check(
      """
      local rr = goroutine.request_reply{ name = "prices" }
      local none, why = rr:request("early", 10)
      t.eq(none, nil) t.eq(why, "no responders")
      rr:serve(function(request) goroutine.sleep(50 - request) return { n = request }, "second" end)
      local handles = {}
      for i = 1, 50 do handles[i] = goroutine.async(function() return rr:request(i, 1000) end) end
      for i, answer in ipairs(goroutine.await_all(handles)) do
        t.eq(answer.values[1].n, i) t.eq(answer.values[2], "second")
      end
      local stats = rr:stats()
      t.eq(stats.answered, 50) t.eq(stats.no_responders, 1) t.eq(stats.pending, 0)
      """)
  }

  @Test func aFailureOrALateReplyIsAnAnswer() async {
    await check(
      """
      local rr = goroutine.request_reply()
      rr:serve(function(request)
        if request == "slow" then goroutine.sleep(100) end
        if request == "bad" then error("cannot") end
        if request == "nil" then return nil, "will not" end
      end)
      local value, err = rr:request("slow", 10)
      t.eq(value, nil) t.eq(err, "timeout exceeded")
      value, err = rr:request("bad", 10)
      t.eq(value, nil) t.eq(err, "script.lua:4: cannot")
      value, err = rr:request("nil")
      t.eq(value, nil) t.eq(err, "will not")
      t.eq(select("#", rr:request("nothing")), 1)
      goroutine.sleep(200)
      t.eq(rr:stats().late, 1) t.eq(rr:stats().timed_out, 1)
      rr:close()
      t.fails(function() rr:request(1, 1) end, "closed")
      """)
  }

  @Test func aLimitedServerHandlesThatManyAtATime() async {
    await check(
      """
      local rr, running, most = goroutine.request_reply(), 0, 0
      rr:serve(function()
        running = running + 1
        most = math.max(most, running)
        goroutine.sleep(5)
        running = running - 1
        return true
      end, { limit = 2 })
      goroutine.await_all(goroutine.spawn_many(10, function() rr:request(1) end))
      t.eq(most, 2)
      """)
  }

  @Test func isolatesAskEachOther() async {
    await check(
      """
      local rr, bus = goroutine.request_reply(), goroutine.pubsub()
      local sub, here = bus:subscribe("done"), 0
      rr:serve(function(request) here = here + 1 return { twice = request.n * 2 } end)
      local ok, sum = goroutine.await(goroutine.spawn_isolated(function()
        local sum = 0
        for n = 1, 10 do sum = sum + rr:request({ n = n }).twice end
        bus:publish("done", { sum = sum })
        return sum
      end))
      t.eq(ok, true) t.eq(sum, 110) t.eq(here, 10) t.eq(sub:receive().sum, 110)
      """)
  }

  // MARK: Work queues

  @Test func workIsTriedAgainAndThenADeadLetter() async {
    await check(
      """
      local queue = goroutine.work_queue{ name = "mail", workers = 3, max_retries = 2, retry_delay = 10 }
      local tries, done, item = {}, 0, { id = "same" }
      queue:process(function(work, attempt)
        tries[work.id] = (tries[work.id] or 0) + 1
        t.eq(attempt, tries[work.id])
        if work.id == "bad" then error("poison") end
        if work.id == "shy" and attempt == 1 then return nil, "not yet" end
        if work == item then done = done + 1 end
      end)
      queue:enqueue(item)
      local id, is_new = queue:enqueue({ id = "bad" })
      t.eq(math.type(id), "integer") t.eq(is_new, true)
      queue:enqueue({ id = "shy" })
      queue:wait()
      t.eq(tries.same, 1) t.eq(tries.bad, 3) t.eq(tries.shy, 2) t.eq(done, 1, "the same table")
      local stats, dlq = queue:stats(), queue:dead_letter_queue()
      t.eq(stats.added, 3) t.eq(stats.completed, 2) t.eq(stats.dead, 1) t.eq(stats.retries, 3) t.eq(stats.pending, 0)
      t.eq(dlq:len(), 1)
      local dead, info = dlq:receive()
      t.eq(dead.id, "bad") t.eq(info.attempts, 3) t.eq(info.error, "script.lua:6: poison")
      t.eq(dlq:len(), 0) t.eq(dlq:try_receive(), nil)
      queue:close()
      t.eq(dlq:receive(), nil)
      t.fails(function() queue:enqueue(1) end, 'work queue "mail" is closed')
      """)
  }

  @Test func aLetterStaysWhenWhoeverReadsItFails() async {
    await check(
      """
      local queue = goroutine.work_queue{ max_retries = 0 }
      queue:process(error)
      for i = 1, 3 do queue:enqueue(i) end
      queue:wait()
      local dlq, seen = queue:dead_letter_queue(), {}
      t.fails(function() dlq:range(function(item) seen[#seen + 1] = item if item == 2 then error("stop") end end) end, "stop")
      t.eq(table.concat(seen, ","), "1,2") t.eq(dlq:len(), 2)
      local reader = goroutine.spawn(function() dlq:range(function() goroutine.sleep(1000) end) end)
      goroutine.sleep(1) reader:cancel() goroutine.sleep(1)
      t.eq(dlq:len(), 2)
      local waiting = goroutine.spawn(function() dlq:receive() dlq:receive() dlq:receive() end)
      goroutine.sleep(1) t.eq(dlq:len(), 0) t.eq(waiting:status(), "running")
      queue:close() goroutine.sleep(1)
      t.eq(waiting:status(), "succeeded", "the end of the queue ends the wait")
      """)
  }

  @Test func lettersGoBackToWorkOrAway() async {
    await check(
      """
      local queue, healthy, done = goroutine.work_queue{ max_retries = 0 }, false, 0
      queue:process(function() if not healthy then error("down") end done = done + 1 end)
      for i = 1, 4 do queue:enqueue(i) end
      queue:wait()
      local dlq = queue:dead_letter_queue()
      healthy = true
      t.eq(dlq:replay(), 4) queue:wait() t.eq(done, 4)
      healthy = false
      queue:enqueue(5) queue:wait()
      t.eq(dlq:purge(), 1) t.eq(dlq:len(), 0)
      """)
  }

  @Test func itemsHavePrioritiesDelaysKeysAndLanes() async {
    await check(
      """
      local queue, order = goroutine.work_queue{ ageing = false }, {}
      queue:enqueue("low", { priority = -5 }) queue:enqueue("usual")
      queue:enqueue("urgent", { priority = 5 }) queue:enqueue("later", { delay = 50 })
      local first, new = queue:enqueue("once", { key = "k" })
      local second, again = queue:enqueue("twice", { key = "k" })
      t.eq(first, second) t.eq(new, true) t.eq(again, false)
      queue:process(function(item) order[#order + 1] = item end)
      queue:wait()
      t.eq(table.concat(order, " "), "urgent usual once low later")
      """)
  }

  @Test func aBackoffMayGrow() async {
    await check(
      """
      local queue = goroutine.work_queue{ max_retries = 3, backoff = { initial_delay = 10, multiplier = 10, jitter = false, max_delay = 10000 } }
      local times, start = {}, time_ms()
      queue:process(function() times[#times + 1] = time_ms() - start error("no") end)
      queue:enqueue(1) queue:wait()
      t.eq(table.concat(times, " "), "0.0 10.0 110.0 1110.0")
      """, modules: [Self.time])
  }

  /// The isolate's time, in milliseconds.
  private static var time: LuaModule {
    var module = LuaModule("now")
    module.function("read") { [.number(Double($0.isolate.now / 1_000_000))] }
    module.prelude("local now = ... time_ms = now.read", name: "time")
    return module
  }

  @Test func aStuckWorkerIsADeadlockThatNamesTheQueue() async {
    let error = await Script().error(
      """
      local queue = goroutine.work_queue{ name = "jobs" }
      queue:process(function() goroutine.channel(0, "never"):receive() end)
      queue:enqueue(1)
      queue:wait()
      """)
    #expect(error.kind == .deadlock)
    #expect(error.message.contains("main waits for work_queue \"jobs\" at script.lua:4"), "\(error.message)")
    #expect(
      error.message.contains(
        "worker of work_queue \"jobs\" waits to receive from channel \"never\" at script.lua:2"),
      "\(error.message)")
  }

  @Test(arguments: [
    ("goroutine.pubsub():subscribe('a..b')", "bad argument #1 to 'subscribe' (invalid topic \"a..b\""),
    ("goroutine.pubsub():subscribe()", "bad argument #1 to 'subscribe' (string expected, got no value)"),
    ("goroutine.pubsub():subscribe('a', {policy = 'x'})", "unknown value 'x'; use one of \"block\""),
    ("goroutine.pubsub():publish('a.*', 1)", "a topic to publish to cannot have wildcards"),
    ("local p = goroutine.pubsub() p:close() p:publish('a', 1)", "is closed"),
    ("goroutine.pubsub():unsubscribe(5)", "(subscription expected, got number)"),
    ("goroutine.request_reply():serve()", "bad argument #1 to 'serve' (function expected, got no value)"),
    ("goroutine.request_reply():serve(print, {limit = 0})", "option 'limit': whole number of at least 1"),
    ("goroutine.request_reply():request(1, -1)", "milliseconds must not be negative"),
    ("goroutine.work_queue{workers = 0}", "option 'workers': whole number from 1"),
    ("goroutine.work_queue{max_retries = -1}", "option 'max_retries': whole number of at least 0"),
    ("goroutine.work_queue{retries = 1}", "unknown option 'retries'; known: ageing, backoff"),
    ("goroutine.work_queue{retry_delay = 1, backoff = {}}", "either this or 'backoff' expected, not both"),
    ("goroutine.work_queue{ageing = 5}", "ageing must be at least one second"),
    ("local q = goroutine.work_queue{} q:process(print) q:process(print)", "is processed already"),
    ("goroutine.work_queue{}:enqueue()", "an item expected, got nil"),
    ("goroutine.work_queue{}:enqueue(1, {delay = -1})", "milliseconds must not be negative"),
    ("goroutine.work_queue{}:enqueue(1, {dely = 1})", "unknown option 'dely'"),
    ("goroutine.work_queue{dlq_enabled = false}:dead_letter_queue()", "dlq_enabled is false"),
  ])
  func misuseIsAnErrorAtItsLine(source: String, part: String) async {
    let error = await Script().error("\n" + source)
    #expect(error.message.hasPrefix("script.lua:2: "), "\(error.message)")
    #expect(error.message.contains(part), "\(error.message)")
  }
}
