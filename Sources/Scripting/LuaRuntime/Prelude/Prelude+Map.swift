extension RuntimePrelude {
  /// `map`: the items and their values; the engine is Swift's.
  static let map = #"""
    local goroutine, internals = ...
    local check, bad = internals.check, internals.bad_argument
    local run = internals.map

    -- What is looked up in a cache, and kept there, by the item or by what `key` makes of it.
    local function through_cache(cache, key, fn)
      local kind = type(cache) == "userdata" and getmetatable(cache)
      if kind ~= "cache" and kind ~= "coalescing_cache" then
        bad(3, "map", "option 'cache': cache or coalescing_cache expected, got " .. type(cache))
      end
      if key ~= nil and type(key) ~= "function" then bad(3, "map", "option 'key': function expected, got " .. type(key)) end
      return function(item, index)
        local name = item
        if key then name = key(item) end
        return cache:get(name, function() return fn(item, index) end)
      end
    end

    function goroutine.map(list, fn, options)
      check(list, 1, "map", "table")
      check(fn, 2, "map", "function")
      if #list == 0 and next(list) ~= nil then bad(1, "map", "a list expected") end
      if type(options) == "table" and options.cache ~= nil then fn = through_cache(options.cache, options.key, fn) end
      local values = {}
      local function work(index)
        local value, err = fn(list[index], index)
        if value == nil and err ~= nil then return nil, err end
        values[index] = value
      end
      local outcomes = run(#list, work, options)
      for _, outcome in ipairs(outcomes) do
        outcome.input = list[outcome.index]
        if outcome.error == nil then outcome.value = values[outcome.index] end
      end
      return outcomes
    end
    """#
}
