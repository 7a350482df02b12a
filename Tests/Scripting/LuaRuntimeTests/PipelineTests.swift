import RevoadaLua
import Testing

/// Pipelines of stages, and stages that come and go.
@Suite(.timeLimit(.minutes(10))) struct PipelineTests {
  private static let helpers = """
    local function feed(n, make)
      local ch = goroutine.channel(4)
      goroutine.spawn(function() for i = 1, n do ch:send(make and make(i) or i) end ch:close() end)
      return ch
    end
    local function collect(ch) local list = {} ch:range(function(v) list[#list + 1] = v end) return list end

    """

  private func run(_ source: String) async { await check(Self.helpers + source) }

  @Test func failuresNameTheirStageAndNothingVanishes() async {
    await run(
      """
      local out, errors = goroutine.pipeline_with_errors(feed(20), {
        { name = "odd", workers = 3, fn = function(x) if x % 2 == 0 then return nil, "even" end return x end },
        { name = "small", fn = function(x) if x > 10 then error("large") end return x end },
      })
      local values = collect(out)
      local failures = collect(errors)
      t.eq(#values, 5) t.eq(#failures, 15)
      local text = table.concat(failures, "\\n")
      t.eq(text:find("stage 'odd': even (element 2)", 1, true) ~= nil, true)
      t.eq(text:find("stage 'small': script.lua:9: large (element 11)", 1, true) ~= nil, true)
      """)
  }

  @Test func unreadErrorsHoldNothingUp() async {
    await run(
      """
      local out, errors = goroutine.pipeline_with_errors(feed(500), { { name = "never", fn = function() error("no") end } })
      t.eq(#collect(out), 0) t.eq(errors:len(), 500) t.eq(errors:is_closed(), true)
      """)
  }

  @Test func retriesExcludeTheFirstTry() async {
    await run(
      """
      local tries = {}
      local out, errors = goroutine.pipeline_with_retry(feed(4), { { name = "flaky", workers = 2, max_retries = 2, retry_delay = 7, fn = function(x)
        tries[x] = (tries[x] or 0) + 1
        if x == 3 or tries[x] < 3 then error("not yet") end
        return x
      end } })
      t.eq(#collect(out), 3)
      t.eq(tries[1], 3) t.eq(tries[3], 3)
      t.eq(errors:receive(), "stage 'flaky': after 3 attempts: script.lua:10: not yet (element 3)")
      """)
  }

  @Test func aStageHasItsRateAndItsTime() async {
    await run(
      """
      local function now() return goroutine.context():with_timeout(0):deadline() end
      local began = now()
      t.eq(#collect(goroutine.pipeline_with_rate_limit(feed(25), { { workers = 4, rate_limit = 100, fn = function(x) return x end } })), 25)
      local took = now() - began
      t.eq(took >= 200 and took < 210, true, "a burst of 5, then 20 at 100 a second: " .. took)
      local out, errors = goroutine.pipeline_with_errors(feed(3), { { name = "slow", timeout = 10, fn = function(x)
        if x == 2 then goroutine.sleep(1000) end
        return x
      end } })
      t.eq(#collect(out), 2) t.eq(errors:receive(), "stage 'slow': timeout exceeded (element 2)")
      """)
  }

  @Test(arguments: [1, 4]) func orderIsKeptOnRequest(workers: Int) async {
    await run(
      """
      local out, errors = goroutine.pipeline_with_errors(feed(60), { { ordered = true, workers = \(workers), fn = function(x)
        goroutine.sleep(x * 7 % 5)
        if x % 10 == 0 then error("tens") end
        return x
      end } })
      local last = 0
      for v in out:range() do t.eq(v > last, true, "order") last = v end
      t.eq(last, 59) t.eq(errors:len(), 6)
      """)
  }

  @Test func metricsNameTheLimitingStageAndCountWaitsInProgress() async {
    await run(
      """
      local gate = goroutine.channel()
      local out, metrics = goroutine.pipeline_with_metrics(feed(20), {
        { name = "quick", workers = 2, fn = function(x) return x end },
        { name = "slow", workers = 1, fn = function(x) goroutine.sleep(10) if x == 20 then gate:receive() end return x end },
      })
      goroutine.spawn(collect, out)
      goroutine.sleep(1200)
      local stats = metrics:get()
      t.eq(stats.slow.processed, 19) t.eq(stats.quick.processed, 20) t.eq(stats.quick.failed, 0)
      t.eq(stats.slow.busy > 1100, true, "the last element is still in it")
      t.eq(stats.bottleneck, "slow")
      gate:send(true)
      goroutine.sleep(10)
      stats = metrics:get()
      t.eq(stats.slow.processed, 20)
      t.eq(stats.slow.avg_time > 50 and stats.slow.p95_time >= 10, true)
      """)
  }

  @Test func aSlowReaderIsNoBottleneckOfTheStages() async {
    await run(
      """
      local out, metrics = goroutine.pipeline_with_metrics(feed(20), { { name = "only", fn = function(x) return x end } })
      for _ = 1, 20 do goroutine.sleep(10) out:receive() end
      t.eq(metrics:get().bottleneck, nil)
      t.eq(metrics:get().only.blocked > 100, true)
      """)
  }

  @Test func stagesComeAndGoAndNothingIsLostOrDoubled() async {
    await run(
      """
      local input = goroutine.channel(2)
      local pipeline = goroutine.dynamic_pipeline(input)
      pipeline:add_stage{ name = "negate", workers = 2, fn = function(x) goroutine.sleep(1) return -x end }
      pipeline:add_stage{ name = "shift", workers = 2, fn = function(x) return x + 10 end }
      local all = goroutine.async(collect, pipeline:output())
      for i = 1, 50 do input:send(i) end
      pipeline:remove_stage("negate")
      for i = 1001, 1050 do input:send(i) end
      pipeline:add_stage{ name = "late", ordered = true, workers = 3, fn = function(x) return x + 0.5 end }
      for i = 2001, 2050 do input:send(i) end
      input:close()
      local ok, list = goroutine.await(all)
      t.eq(#list, 150)
      local seen = {}
      for _, x in ipairs(list) do t.eq(seen[x], nil, "twice") seen[x] = true end
      for i = 1, 50 do t.eq((seen[10 - i] or seen[10 + i] or seen[10.5 - i] or seen[10.5 + i]) ~= nil, true, "early") end
      for i = 2001, 2050 do t.eq(seen[i + 10.5], true, "late") end
      """)
  }

  @Test func changesInTheMidstOfTraffic() async {
    await run(
      """
      for round = 1, 20 do
        local input = goroutine.channel(2)
        local pipeline = goroutine.dynamic_pipeline(input)
        pipeline:add_stage{ name = "first", workers = 2, fn = function(x) goroutine.yield() return x end }
        local output, seen, count = pipeline:output(), {}, 0
        goroutine.spawn(function() for i = 1, 200 do input:send(i) if i % 7 == 0 then goroutine.sleep(1) end end input:close() end)
        goroutine.spawn(function()
          for n = 1, 100 do
            local name = "s" .. n
            if not pcall(pipeline.add_stage, pipeline, { name = name, workers = n % 3 + 1, ordered = n % 2 == 0, fn = function(x)
              goroutine.sleep(0.1) return x end }) then return end
            goroutine.sleep(n % 4)
            pipeline:remove_stage(name)
            if n == 3 then pipeline:remove_stage("first") end
          end
        end)
        output:range(function(x) t.eq(seen[x], nil, "twice") seen[x] = true count = count + 1 end)
        t.eq(count, 200)
      end
      """)
  }

  @Test func failuresOfADynamicPipelineHaveAChannelToo() async {
    await run(
      """
      local pipeline = goroutine.dynamic_pipeline(feed(3))
      local errors = pipeline:errors()
      pipeline:add_stage{ name = "picky", fn = function(x) if x == 2 then error("two") end return x end }
      t.eq(#collect(pipeline:output()), 2)
      t.eq(errors:receive(), "stage 'picky': script.lua:9: two (element 2)")
      t.eq(pipeline:metrics():get().picky.failed, 1)
      """)
  }

  @Test func aWaitForEverInsideIsADeadlock() async {
    let error = await Script().error(
      """
      local input = goroutine.channel(1)
      input:send(1)
      local out = goroutine.pipeline(input, { { name = "stuck", fn = function() goroutine.channel(0, "gate"):receive() end } })
      out:receive()
      """)
    #expect(error.kind == .deadlock)
    #expect(
      error.message.contains("main waits to receive from channel \"output of the pipeline\" at script.lua:4"))
    #expect(error.message.contains("waits to receive from channel \"gate\" at script.lua:3"))
  }

  @Test(arguments: [
    ("goroutine.pipeline(5, {})", "channel expected, got number"),
    ("goroutine.pipeline(goroutine.channel(), {{}})", "stage 1 has no function 'fn'"),
    (
      "goroutine.pipeline(goroutine.channel(), {{name = 'x', fn = print, wrokers = 2}})",
      "stage 'x': unknown option 'wrokers'; known: fn"
    ),
    (
      "goroutine.pipeline(goroutine.channel(), {{fn = print, workers = 0}})",
      "stage 1: 'workers' must be an integer of at least 1, not 0"
    ),
    (
      "goroutine.pipeline(goroutine.channel(), {{fn = print, workers = 0/0}})", "'workers' must be an integer"
    ),
    ("goroutine.pipeline(goroutine.channel(), {{fn = print, max_retries = -1}})", "'max_retries' must be"),
    (
      "goroutine.pipeline(goroutine.channel(), {{fn = print, rate_limit = 0}})",
      "'rate_limit' must be a positive number"
    ),
    (
      "goroutine.pipeline(goroutine.channel(), {{name = 'a', fn = print}, {name = 'a', fn = print}})",
      "a second stage is named 'a'"
    ),
    ("goroutine.pipeline(goroutine.channel(), {fn = print})", "a list of stages expected"),
    ("goroutine.dynamic_pipeline(goroutine.channel()):remove_stage('x')", "unknown stage 'x'; there is none"),
    ("goroutine.dynamic_pipeline(goroutine.channel()).add_stage({})", "with a colon"),
  ])
  func misuseIsAnErrorAtItsLine(source: String, part: String) async {
    let error = await Script().error("\n" + source)
    #expect(error.message.hasPrefix("script.lua:2: "))
    #expect(error.message.contains(part))
  }

  @Test func aStageCannotWaitForItsOwnEnd() async {
    await run(
      """
      local pipeline
      pipeline = goroutine.dynamic_pipeline(feed(1))
      local errors = pipeline:errors()
      pipeline:add_stage{ name = "self", fn = function() pipeline:remove_stage("self") end }
      collect(pipeline:output())
      t.eq(errors:receive(), "stage 'self': script.lua:10: stage 'self' cannot wait for its own end (element 1)")
      t.fails(function() pipeline:add_stage{ name = "more", fn = print } end, "the pipeline has ended")
      """)
  }
}
