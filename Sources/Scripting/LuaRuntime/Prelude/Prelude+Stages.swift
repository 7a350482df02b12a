extension RuntimePrelude {
  /// The stages of pipelines: how each works on an element, and how elements go from one to the next.
  ///
  /// A goroutine gives way where a line begins and on entering a function, so each function that has to see and change the
  /// links between stages in one go is written in one line.
  static let stages = #"""
    local goroutine, internals = ...
    local bad, error_text, now = internals.bad_argument, internals.error_text, internals.now
    local spawn, channel, sleep, timeout, pcall = goroutine.spawn, goroutine.channel, goroutine.sleep, goroutine.timeout, pcall

    -- Options

    local known = { name = true, fn = true, workers = true, ordered = true, max_retries = true, retry_delay = true,
                    rate_limit = true, timeout = true }
    local known_names = "fn, max_retries, name, ordered, rate_limit, retry_delay, timeout, workers"

    local function read_number(stage, key, where, argument, caller, least, whole)
      local value = stage[key]
      if value == nil then return nil end
      if type(value) ~= "number" or not (value >= least) or whole and value % 1 ~= 0 or value == math.huge then
        bad(argument, caller, ("%s: '%s' must be %s of at least %s, not %s"):format(
          where, key, whole and "an integer" or "a number", least, tostring(value)))
      end
      return value
    end

    function internals.read_stage(stage, index, argument, caller)
      local where = ("stage %d"):format(index)
      if type(stage) ~= "table" then bad(argument, caller, where .. " is no table") end
      if stage.name ~= nil and type(stage.name) ~= "string" then bad(argument, caller, where .. ": 'name' must be a string") end
      if stage.name then where = ("stage '%s'"):format(stage.name) end
      for key in pairs(stage) do
        if not known[key] then
          bad(argument, caller, ("%s: unknown option '%s'; known: %s"):format(where, tostring(key), known_names))
        end
      end
      if type(stage.fn) ~= "function" then bad(argument, caller, where .. " has no function 'fn'") end
      local rate = stage.rate_limit
      if rate ~= nil and (type(rate) ~= "number" or not (rate > 0) or rate == math.huge) then
        bad(argument, caller, ("%s: 'rate_limit' must be a positive number of elements a second"):format(where))
      end
      return {
        name = stage.name or tostring(index), fn = stage.fn, ordered = stage.ordered,
        workers = read_number(stage, "workers", where, argument, caller, 1, true) or 1,
        tries = (read_number(stage, "max_retries", where, argument, caller, 0, true) or 0) + 1,
        delay = read_number(stage, "retry_delay", where, argument, caller, 0) or 0,
        timeout = read_number(stage, "timeout", where, argument, caller, 0),
        -- At most 5 % of a second's worth at once.
        limiter = rate and goroutine.rate_limiter({ rate = rate, per = 1000, burst = math.max(1, rate // 20) }),
      }
    end

    -- Work on one element

    -- An element nobody is told about otherwise is an error nobody awaits: reported once, and the others go on.
    function internals.report_failure(name, err) spawn(error, ("stage '%s': %s"):format(name, error_text(err)), 0) end

    local function attempt(stage, value)
      if stage.limiter then stage.limiter:wait() end
      local ok, result, message
      if stage.timeout then ok, result, message = timeout(stage.timeout, stage.fn, value)
      else ok, result, message = pcall(stage.fn, value) end
      if not ok then return false, error_text(result) end
      if result == nil and message ~= nil then return false, error_text(message) end
      return true, result
    end

    local function process(stage, value)
      local ok, result = attempt(stage, value)
      local tries = 1
      while not ok and tries < stage.tries do
        if stage.delay > 0 then sleep(stage.delay) end
        ok, result = attempt(stage, value)
        tries = tries + 1
      end
      if not ok and tries > 1 then result = ("after %d attempts: %s"):format(tries, result) end
      return ok, result
    end

    -- What workers do with their time

    local function enter(stage, meter, activity)
      local time = now()
      stage[meter.activity] = stage[meter.activity] + time - meter.since
      meter.activity, meter.since = activity, time
    end

    local function start_meter(stage)
      local meter = { activity = "starved", since = now() }
      stage.meters[meter] = true
      return meter
    end

    local function end_meter(stage, meter)
      enter(stage, meter, "starved")
      stage.meters[meter] = nil
    end

    -- The way of an element: `pending` counts those that are inside of a stage or about to enter it, `sources` the stages
    -- that may send it more. A stage ends when both are 0.

    local function close(stage)
      stage.closing = true
      stage.input:close()
      if stage.is_sink and stage.pipeline.errors then stage.pipeline.errors:close() end
    end
    local function settle(stage) if stage.pending == 0 and stage.sources == 0 and not stage.closing then close(stage) end end
    local function next_of(stage) local target = stage.next target.pending = target.pending + 1 return target end
    local function leave(stage) stage.pending = stage.pending - 1 settle(stage) end
    local function lose_source(stage) stage.sources = stage.sources - 1 settle(stage) end

    local function pass_on(stage, value)
      local target = next_of(stage)
      target.input:send(value)
      if target.is_sink then leave(target) end
    end

    local function describe(value)
      local kind = type(value)
      if kind == "string" then return (" (element %q)"):format(value) end
      if kind == "number" or kind == "boolean" then return (" (element %s)"):format(tostring(value)) end
      return ""
    end

    local function fail(stage, value, err)
      local errors = stage.pipeline.errors
      if not errors then return internals.report_failure(stage.name, err) end
      errors:send(("stage '%s': %s%s"):format(stage.name, err, describe(value)))
    end

    local function work(stage, take, before, after)
      local meter, me = stage.meters and start_meter(stage), goroutine.id()
      while true do
        local value, open, ticket = take()
        if not open then break end
        local began
        if meter then
          enter(stage, meter, "busy")
          began = meter.since
        end
        stage.inside[me] = true
        local ok, result = process(stage, value)
        stage.inside[me] = nil
        if before then before(ticket) end
        if ok then stage.processed = stage.processed + 1 else stage.failed = stage.failed + 1 end
        if meter then
          enter(stage, meter, "blocked")
          internals.add_time(stage.times, meter.since - began)
        end
        if ok then pass_on(stage, result) else fail(stage, value, result) end
        if after then after(ticket) end
        if meter then enter(stage, meter, "starved") end
        leave(stage)
      end
      if meter then end_meter(stage, meter) end
      stage.working = stage.working - 1
      if stage.working == 0 then
        stage.ended_at = now()
        lose_source(stage.next)
        stage.ended:close()
      end
    end

    -- Each element gets a channel that is closed once it has been passed on: the one behind it waits for that.
    local function ordered(stage)
      local jobs = channel(0, "elements of " .. stage.name)
      spawn(function()
        local before = channel()
        before:close()
        while true do
          local value, open = stage.input:receive()
          if not open then break end
          local ticket = { value = value, before = before, done = channel(0, "order of " .. stage.name) }
          before = ticket.done
          jobs:send(ticket)
        end
        jobs:close()
      end)
      local function take()
        local ticket, open = jobs:receive()
        if open then return ticket.value, true, ticket end
      end
      return take, function(ticket) ticket.before:receive() end, function(ticket) ticket.done:close() end
    end

    function internals.start_stage(stage, pipeline)
      stage.pipeline, stage.pending, stage.sources = pipeline, 0, 1
      stage.input = channel(stage.workers, "input of " .. stage.name)
      stage.processed, stage.failed, stage.began = 0, 0, now()
      stage.inside = {}  -- goroutines in its function
      stage.ended = channel(0, "end of stage " .. stage.name)
      if pipeline.is_metered then
        stage.meters, stage.times = {}, internals.new_times()
        stage.starved, stage.busy, stage.blocked = 0, 0, 0
      end
      stage.working = stage.workers
      local take, before, after = function() return stage.input:receive() end, nil, nil
      if stage.ordered and stage.workers > 1 then take, before, after = ordered(stage) end
      for _ = 1, stage.workers do spawn(work, stage, take, before, after) end
    end

    -- A pipeline without stages: what comes in goes out. `errors` is the channel for failures; without one they are reported.
    function internals.new_pipeline(input, errors, is_metered)
      local output = channel(1, "output of the pipeline")
      local sink = { is_sink = true, pending = 0, sources = 1, input = output }
      local source = { next = sink }
      local pipeline = { source = source, sink = sink, errors = errors, is_metered = is_metered, output = output }
      sink.pipeline = pipeline
      function pipeline.run()
        spawn(function()
          while true do
            local value, open = input:receive()
            if not open then break end
            pass_on(source, value)
          end
          source.ended_at = now()
          lose_source(source.next)
        end)
      end
      return pipeline
    end

    internals.settle_stage = settle

    -- Figures

    local idleness = 0.2  -- how much of its time a limiting stage may wait for something that does not wait for it

    -- The rule of Swift's `PipelineLimit`: the busiest stage, unless it waits for more or less than its neighbours.
    local function bottleneck(shares)
      local suspect, busiest = nil, 0
      for index, share in ipairs(shares) do
        if share.busy > busiest then suspect, busiest = index, share.busy end
      end
      if not suspect then return nil end
      local share, before, behind = shares[suspect], shares[suspect - 1], shares[suspect + 1]
      local has_elements = share.starved <= math.max(idleness, before and before.blocked or 0)
      local has_room = share.blocked <= math.max(idleness, behind and behind.starved or 0)
      return has_elements and has_room and share.name or nil
    end

    function internals.stage_figures(stages)
      local figures, shares = {}, {}
      for index, stage in ipairs(stages) do
        local time = now()
        local spent = { starved = stage.starved, busy = stage.busy, blocked = stage.blocked }
        for meter in pairs(stage.meters) do
          spent[meter.activity] = spent[meter.activity] + time - meter.since  -- still in progress
        end
        local age = math.max(1e-6, (stage.ended_at or time) - stage.began) * stage.workers
        shares[index] = { name = stage.name, busy = spent.busy / age, starved = spent.starved / age,
                          blocked = spent.blocked / age }
        figures[stage.name] = {
          processed = stage.processed, failed = stage.failed, workers = stage.workers,
          avg_time = internals.average_time(stage.times), p95_time = internals.p95_time(stage.times),
          starved = spent.starved, busy = spent.busy, blocked = spent.blocked,
        }
      end
      figures.bottleneck = bottleneck(shares)
      return figures
    end
    """#
}
