extension RuntimePrelude {
  /// What runs between channels: debounce, throttle, merge, fan-in and fan-out; and the inspector.
  static let channels = #"""
    local goroutine, internals = ...
    local check, bad = internals.check, internals.bad_argument
    local spawn, channel, select_core, now = goroutine.spawn, goroutine.channel, internals.select, internals.now

    -- Sources

    local function is_source(value)
      local kind = type(value) == "userdata" and getmetatable(value)
      return kind == "channel" or kind == "priority_channel" or kind == "subscription"
    end

    -- A channel; another thing that can be received from is read into one.
    local function as_channel(source, index, name)
      if getmetatable(source) == "channel" then return source end
      if not is_source(source) then check(source, index, name, "channel") end
      local output = channel(0, name .. " input")
      spawn(function()
        while true do
          local value, ok = source:receive()
          if not ok then break end
          output:send(value)
        end
        output:close()
      end)
      return output
    end
    internals.as_channel = as_channel

    local function check_interval(value, name)
      check(value, 2, name, "number")
      if not (value > 0) then bad(2, name, "milliseconds must be positive") end
      return value
    end

    -- Debounce and throttle

    -- The last element of each burst, once nothing has come for a while.
    function goroutine.debounce_channel(input, milliseconds)
      input = as_channel(input, 1, "debounce_channel")
      check_interval(milliseconds, "debounce_channel")
      local output, cases = channel(0, "debounced"), { { channel = input, receive = true } }
      spawn(function()
        while true do
          local value, open = input:receive()
          if not open then break end
          local index, newer
          repeat
            index, newer, open = select_core(cases, milliseconds)
            if open then value = newer end
          until not open
          output:send(value)
          if index then break end  -- closed
        end
        output:close()
      end)
      return output
    end

    -- The first element at once, then one per interval: the latest, or with "first" the one that comes next.
    function goroutine.throttle_channel(input, milliseconds, mode)
      input = as_channel(input, 1, "throttle_channel")
      check_interval(milliseconds, "throttle_channel")
      if mode ~= nil and mode ~= "latest" and mode ~= "first" then
        bad(3, "throttle_channel", ("unknown mode '%s'; use \"latest\" or \"first\""):format(tostring(mode)))
      end
      local output, cases = channel(0, "throttled"), { { channel = input, receive = true } }
      local keeps = mode ~= "first"
      spawn(function()
        local value, open = input:receive()
        while open do
          output:send(value)
          local due, pending, index = now() + milliseconds, false, nil
          repeat
            local newer
            index, newer, open = select_core(cases, math.max(0, due - now()))
            if open and keeps then value, pending = newer, true end
          until not open or now() >= due
          if index and not open then  -- closed
            if pending then output:send(value) end
            break
          end
          open = true
          if not pending then value, open = input:receive() end
        end
        output:close()
      end)
      return output
    end

    -- Fan-out, fan-in

    local function join(inputs, name)
      check(inputs, 1, name, "table")
      local sources = {}
      for index, input in ipairs(inputs) do
        if not is_source(input) then bad(1, name, ("element %d is no channel"):format(index)) end
        sources[index] = input
      end
      if #sources < #inputs or #inputs == 0 and next(inputs) ~= nil then bad(1, name, "a list of channels expected") end
      local output, left = channel(0, name), #sources
      if left == 0 then output:close() end
      for _, input in ipairs(sources) do
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

    -- fan_in(list), merge(list) → a channel that gets every element, closed once all inputs are closed
    function goroutine.fan_in(inputs) return join(inputs, "fan_in") end
    function goroutine.merge(inputs) return join(inputs, "merge") end

    -- fan_out(channel, n [, fn]) → list of n channels, which together get every element once
    function goroutine.fan_out(input, count, fn)
      input = as_channel(input, 1, "fan_out")
      internals.check_count(count, 2, "fan_out", 1)
      if fn ~= nil then check(fn, 3, "fan_out", "function") end
      local function apply(value)
        local ok, result, message = pcall(fn, value)
        if ok and (result ~= nil or message == nil) then return true, result end
        internals.report_failure("fan_out", ok and message or result)
      end
      local outputs = {}
      for index = 1, count do
        local output = channel(0, "fan_out " .. index)
        outputs[index] = output
        spawn(function()
          while true do
            local value, ok = input:receive()
            if not ok then break end
            if fn then ok, value = apply(value) end
            if ok then output:send(value) end
          end
          output:close()
        end)
      end
      return outputs
    end

    -- Inspector

    -- Holds nothing but the channel, so that a copy in another isolate shows the same one.
    local Inspector = { __name = "channel inspector" }
    Inspector.__index = Inspector
    local inspect_channel = internals.inspect

    local function inspect(target)
      if getmetatable(target) == "channel" then return inspect_channel(target) end
      return target:inspect()
    end

    function goroutine.channel_inspector(target)
      if not is_source(target) then check(target, 1, "channel_inspector", "channel") end
      return setmetatable({ channel = target }, Inspector)
    end

    local function figure(name, index)
      Inspector[name] = function(self)
        if getmetatable(self) ~= Inspector then bad(0, name, "call it with a colon: inspector:" .. name .. "()") end
        return (select(index, inspect(self.channel)))
      end
    end
    for index, name in ipairs{ "len", "total_sent", "total_received", "total_dropped", "blocked_senders", "blocked_receivers" } do
      figure(name, index)
    end
    function Inspector:cap() return self.channel:cap() end
    function Inspector:is_closed() return self.channel:is_closed() end
    internals.Inspector = Inspector
    """#
}
