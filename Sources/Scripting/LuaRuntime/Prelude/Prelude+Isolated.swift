extension RuntimePrelude {
  /// Work in other isolates: real parallelism, on copies.
  static let isolated = #"""
    local goroutine, internals = ...
    local check, spawn, await, pack, unpack = internals.check, goroutine.spawn, goroutine.await, table.pack, table.unpack
    local isolated_call = internals.isolated_call

    local function wait(call) return call:wait() end

    function internals.call_isolated(fn, ...) return isolated_call(fn, ...):wait() end
    internals.keep_call_isolated(internals.call_isolated)  -- for pools

    function goroutine.spawn_isolated(fn, ...)
      check(fn, 1, "spawn_isolated", "function")
      return spawn(wait, isolated_call(fn, ...))
    end

    -- Runs in the other isolate, where it goes by name.
    function internals.map_chunk(fn, items, count)
      for index = 1, count do items[index] = fn(items[index]) end
      return items
    end

    local cancel_workers = { __close = function(self)
      for _, handle in ipairs(self) do internals.kill(handle) end
    end }

    -- Items go over in chunks, so that a copy of fn is shared by several; small enough to balance the load.
    local chunks_per_worker, largest_chunk = 8, 256

    function goroutine.parallel_map(list, fn, options)
      check(list, 1, "parallel_map", "table")
      check(fn, 2, "parallel_map", "function")
      options = internals.check_options(options, 3, "parallel_map", { workers = true })
      local count = #list
      local workers = internals.option_count(options, "workers", 3, "parallel_map", 1, internals.isolates())
      local size = math.min(largest_chunk, math.max(1, count // (workers * chunks_per_worker)))
      local results, next_item, failure = {}, 1, nil

      local function work()
        while next_item <= count and not failure do
          local first = next_item
          local last = math.min(count, first + size - 1)
          next_item = last + 1
          local call = isolated_call(internals.map_chunk, fn, { unpack(list, first, last) }, last - first + 1)
          local mapped = call:wait()
          for index = first, last do results[index] = mapped[index - first + 1] end
        end
      end

      local handles <close> = setmetatable({}, cancel_workers)
      for index = 1, math.min(workers, count) do handles[index] = spawn(work) end
      for _, handle in ipairs(handles) do
        local ok, err = await(handle)
        if not ok then
          failure = err
          error(err, 0)
        end
      end
      return results
    end
    """#
}
