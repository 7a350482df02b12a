extension RuntimePrelude {
  /// Select, ranges, timeouts, tickers, awaiting several.
  static let waiting = #"""
    local goroutine, internals = ...
    local check, raise, error_text = internals.check, internals.raise, internals.error_text
    local check_milliseconds, check_count = internals.check_milliseconds, internals.check_count
    local spawn, await, cancel, sleep, channel = goroutine.spawn, goroutine.await, internals.kill, goroutine.sleep,
                                                 goroutine.channel
    local select_core, now, pack, setmetatable = internals.select, internals.now, table.pack, setmetatable

    -- Channels

    local Channel = internals.Channel
    local receive, try_send, is_closed = Channel.receive, Channel.try_send, Channel.is_closed

    -- channel:range(fn) calls fn for each element until the channel is closed and drained;
    -- `for value in channel:range() do` stops at a nil element, too.
    function Channel.range(self, fn)
      check(self, 1, "range", "channel")
      if fn == nil then
        return function() return (receive(self)) end
      end
      check(fn, 2, "range", "function")
      while true do
        local value, ok = receive(self)
        if not ok then return end
        fn(value)
      end
    end

    for name, method in pairs(Channel) do goroutine["channel_" .. name] = method end

    -- Select

    local function dispatch(cases, index, ...)
      local case = cases[index]
      local handler = case and case.handler
      if handler then handler(...) end
      return index
    end

    function goroutine.select(cases)
      check(cases, 1, "select", "table")
      return dispatch(cases, select_core(cases, nil, cases.biased))
    end

    local function dispatch_timed(cases, index, ...)
      if index == nil then return true end
      return false, dispatch(cases, index, ...)
    end

    function goroutine.select_timeout(milliseconds, cases)
      check_milliseconds(milliseconds, 1, "select_timeout")
      check(cases, 2, "select_timeout", "table")
      return dispatch_timed(cases, select_core(cases, milliseconds, cases.biased))
    end

    -- Time

    local cancel_on_close = { __close = function(self) cancel(self.handle) end }
    internals.cancel_on_close = cancel_on_close

    function goroutine.timeout(milliseconds, fn, ...)
      check_milliseconds(milliseconds, 1, "timeout")
      check(fn, 2, "timeout", "function")
      local handle = internals.spawn_with_deadline(milliseconds, fn, ...)
      local guard <close> = setmetatable({ handle = handle }, cancel_on_close)
      return await(handle)
    end

    function goroutine.after(milliseconds)
      check_milliseconds(milliseconds, 1, "after")
      local result = channel(1, "after")
      spawn(function()
        sleep(milliseconds)
        if not is_closed(result) then try_send(result, now()) end
      end)
      return result
    end

    -- A tick nobody is waiting for is dropped. Closing the channel stops the ticker.
    function goroutine.ticker(milliseconds)
      check(milliseconds, 1, "ticker", "number")
      if not (milliseconds > 0) then internals.bad_argument(1, "ticker", "milliseconds must be positive") end
      local result = channel(0, "ticker")
      spawn(function()
        local due = now() + milliseconds
        while true do
          sleep(math.max(0, due - now()))
          if is_closed(result) then return end
          try_send(result, due)
          due = math.max(due + milliseconds, now())
        end
      end)
      return result
    end

    -- Goroutines

    function goroutine.spawn_many(count, fn)
      check_count(count, 1, "spawn_many", 0)
      check(fn, 2, "spawn_many", "function")
      local handles = {}
      for id = 1, count do handles[id] = spawn(fn, id) end
      return handles
    end

    local function check_handles(handles, name)
      check(handles, 1, name, "table")
      for index, handle in ipairs(handles) do
        if getmetatable(handle) ~= "goroutine handle" then
          internals.bad_argument(1, name, ("element %d is no goroutine handle"):format(index))
        end
      end
    end

    local function result(ok, ...)
      if ok then return { success = true, values = pack(...) } end
      return { success = false, values = {}, error = error_text((...)) }
    end

    function goroutine.await_all(handles)
      check_handles(handles, "await_all")
      local results = {}
      for index, handle in ipairs(handles) do results[index] = result(await(handle)) end
      return results
    end

    -- The first to end: ok, values…
    function goroutine.await_any(handles)
      check_handles(handles, "await_any")
      if #handles == 0 then internals.bad_argument(1, "await_any", "no handles") end
      local cases = {}
      for index, handle in ipairs(handles) do cases[index] = { await = handle } end
      return select(2, select_core(cases))
    end

    -- Locks and once

    local unlock_on_close = { __close = function(self) self.mutex:unlock() end }

    function internals.mutex.with_lock(self, fn, ...)
      check(self, 1, "with_lock", "mutex")
      check(fn, 2, "with_lock", "function")
      self:lock()
      local guard <close> = setmetatable({ mutex = self }, unlock_on_close)
      return fn(...)
    end

    local finish_on_close = { __close = function(self) self.once:finish() end }
    local begin = internals.once.begin

    function internals.once.call(self, fn, ...)
      check(self, 1, "call", "once")
      check(fn, 2, "call", "function")
      if begin(self) then
        local guard <close> = setmetatable({ once = self }, finish_on_close)
        return fn(...)
      end
    end
    """#
}
