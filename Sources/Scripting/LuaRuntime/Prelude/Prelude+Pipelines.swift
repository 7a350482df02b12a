extension RuntimePrelude {
  /// Pipelines of stages, fan-out and fan-in over channels.
  static let pipelines = #"""
    local goroutine, internals = ...
    local check, bad, error_text = internals.check, internals.bad_argument, internals.error_text
    local spawn, channel, pcall = goroutine.spawn, goroutine.channel, pcall

    -- An element that a stage cannot process is an error nobody awaits: reported once, and the others go on.
    local function report(name, err) spawn(error, ("stage '%s': %s"):format(name, error_text(err)), 0) end

    local function apply(stage, value, output)
      local ok, result, message = pcall(stage.fn, value)
      if not ok then
        report(stage.name, result)
      elseif result == nil and message ~= nil then
        report(stage.name, message)
      else
        output:send(result)
      end
    end

    local function unordered(stage, input, output)
      local left = stage.workers
      for _ = 1, stage.workers do
        spawn(function()
          while true do
            local value, ok = input:receive()
            if not ok then break end
            apply(stage, value, output)
          end
          left = left - 1
          if left == 0 then output:close() end
        end)
      end
    end

    -- Each element gets a channel for its result; the channels are emptied in the order of the elements.
    local function ordered(stage, input, output)
      local pending = channel(stage.workers - 1, "results of " .. stage.name)
      spawn(function()
        while true do
          local value, ok = input:receive()
          if not ok then break end
          local result = channel(1)
          spawn(function()
            apply(stage, value, result)
            result:close()
          end)
          pending:send(result)
        end
        pending:close()
      end)
      spawn(function()
        while true do
          local result, ok = pending:receive()
          if not ok then break end
          local value, present = result:receive()
          if present then output:send(value) end
        end
        output:close()
      end)
    end

    local function read_stage(stage, index, caller)
      local where = ("stage %d "):format(index)
      if type(stage) ~= "table" then bad(2, caller, where .. "is no table") end
      if type(stage.fn) ~= "function" then bad(2, caller, where .. "has no function 'fn'") end
      local workers = stage.workers == nil and 1 or stage.workers
      if type(workers) ~= "number" or workers < 1 or workers % 1 ~= 0 then
        bad(2, caller, where .. "needs a positive integer in 'workers'")
      end
      return { name = stage.name or tostring(index), fn = stage.fn, workers = workers, ordered = stage.ordered }
    end

    function goroutine.pipeline(input, stages)
      check(input, 1, "pipeline", "channel")
      check(stages, 2, "pipeline", "table")
      local read = {}
      for index, stage in ipairs(stages) do read[index] = read_stage(stage, index, "pipeline") end
      for _, stage in ipairs(read) do
        local output = channel(stage.workers, "output of " .. stage.name)
        local start = stage.ordered and stage.workers > 1 and ordered or unordered
        start(stage, input, output)
        input = output
      end
      return input
    end

    -- fan_out(channel, n [, fn]) → list of n channels, which together get every element once
    function goroutine.fan_out(input, count, fn)
      check(input, 1, "fan_out", "channel")
      internals.check_count(count, 2, "fan_out", 1)
      if fn ~= nil then check(fn, 3, "fan_out", "function") end
      local outputs = {}
      for index = 1, count do
        local output = channel(0, "fan_out " .. index)
        outputs[index] = output
        unordered({ name = "fan_out", fn = fn or function(value) return value end, workers = 1 }, input, output)
      end
      return outputs
    end

    -- fan_in(list) → a channel that gets every element, closed once all inputs are closed
    function goroutine.fan_in(inputs)
      check(inputs, 1, "fan_in", "table")
      for index, input in ipairs(inputs) do
        if getmetatable(input) ~= "channel" then bad(1, "fan_in", ("element %d is no channel"):format(index)) end
      end
      local output, left = channel(0, "fan_in"), #inputs
      if left == 0 then output:close() end
      for _, input in ipairs(inputs) do
        spawn(function()
          while true do
            local value, ok = input:receive()
            if not ok then break end
            output:send(value)
          end
          left = left - 1
          if left == 0 then output:close() end
        end)
      end
      return output
    end
    """#
}
