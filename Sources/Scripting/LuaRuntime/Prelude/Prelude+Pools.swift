extension RuntimePrelude {
  /// Named worker pools.
  ///
  /// Workers are goroutines started for a task and gone when the queue is empty, so an idle pool holds
  /// none.
  static let pools = #"""
    local goroutine, internals = ...
    local check, raise, check_options = internals.check, internals.raise, internals.check_options
    local option_count, error_text, now = internals.option_count, internals.error_text, internals.now
    local spawn, channel, pack, unpack, pcall = goroutine.spawn, goroutine.channel, table.pack, table.unpack, pcall

    local default_queue = 1024   -- tasks that wait before submit suspends

    local pools = {}
    local next_task = 0

    local function find(name, caller)
      check(name, 1, caller, "string")
      local pool = pools[name]
      if not pool then raise("unknown pool '" .. name .. "'") end
      return pool
    end

    local function finished(pool, began, ok, err)
      if ok then
        pool.completed = pool.completed + 1
      else
        pool.failed = pool.failed + 1
        pool.last_error = error_text(err)
      end
      internals.add_time(pool.times, now() - began)
      pool.pending = pool.pending - 1
      if pool.pending == 0 and pool.idle then
        pool.idle:close()
        pool.idle = nil
      end
    end

    local function work(pool, task)
      while task do
        local began = now()
        finished(pool, began, pcall(pool.run, unpack(task, 1, task.n)))
        task = pool.queue:try_receive()
      end
      pool.active = pool.active - 1
    end

    local known_options = { workers = true, queue = true, isolated = true, on_full = true }

    function goroutine.pool_create(name, options)
      check(name, 1, "pool_create", "string")
      options = check_options(options, 2, "pool_create", known_options)
      local workers = option_count(options, "workers", 2, "pool_create", 1, internals.isolates())
      local queue = option_count(options, "queue", 2, "pool_create", 0, default_queue)
      if options.on_full ~= nil and options.on_full ~= "error" and options.on_full ~= "block" then
        internals.bad_argument(2, "pool_create", "option 'on_full' must be \"block\" or \"error\"")
      end
      if pools[name] and not pools[name].closed then raise("pool '" .. name .. "' already exists") end
      pools[name] = {
        name = name, workers = workers, capacity = queue, on_full = options.on_full,
        run = options.isolated and internals.call_isolated or function(fn, ...) return fn(...) end,
        queue = channel(queue, "pool " .. name),
        active = 0, pending = 0, completed = 0, failed = 0, times = internals.new_times(),
      }
    end

    local leave_on_close = { __close = function(self)
      if self.waiting then  -- killed while the queue was full
        local pool = self.pool
        pool.pending = pool.pending - 1
        if pool.pending == 0 and pool.idle then pool.idle:close() pool.idle = nil end
      end
    end }

    function goroutine.pool_submit(name, fn, ...)
      local pool = find(name, "pool_submit")
      check(fn, 2, "pool_submit", "function")
      if pool.closed then raise("pool '" .. name .. "' is closed") end
      local task = pack(fn, ...)
      if pool.active < pool.workers then
        pool.active = pool.active + 1
        pool.pending = pool.pending + 1
        spawn(work, pool, task)
      elseif pool.queue:len() < pool.capacity then
        pool.pending = pool.pending + 1
        pool.queue:send(task)
      elseif pool.on_full == "error" then
        return nil, "queue full"
      else
        pool.pending = pool.pending + 1
        local guard <close> = setmetatable({ pool = pool, waiting = true }, leave_on_close)
        pool.queue:send(task)
        guard.waiting = false
      end
      next_task = next_task + 1
      return next_task
    end

    local function wait(pool)
      while pool.pending > 0 do
        pool.idle = pool.idle or channel(0, "idle pool " .. pool.name)
        pool.idle:receive()
      end
    end

    function goroutine.pool_wait(name) wait(find(name, "pool_wait")) end

    -- Finishes what was submitted, then returns.
    function goroutine.pool_close(name)
      local pool = find(name, "pool_close")
      if pool.closed then raise("pool '" .. name .. "' is already closed") end
      pool.closed = true
      wait(pool)
    end

    function goroutine.pool_stats(name)
      local pool = find(name, "pool_stats")
      return {
        name = name, workers = pool.workers, active = pool.active, completed = pool.completed,
        failed = pool.failed, queued = pool.pending - pool.active, last_error = pool.last_error,
        avg_ms = internals.average_time(pool.times), p95_ms = internals.p95_time(pool.times),
      }
    end
    """#
}
