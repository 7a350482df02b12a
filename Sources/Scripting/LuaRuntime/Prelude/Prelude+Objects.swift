extension RuntimePrelude {
  /// What methods of Swift objects cannot do from Swift: walk a list, remember a loan by its object, call in a loop.
  static let objects = #"""
    local _, internals = ...
    local check, bad, raise = internals.check, internals.bad_argument, internals.raise

    -- Receiving in a loop

    for _, kind in ipairs{ "priority_channel", "subscription" } do
      local methods = internals[kind]
      local receive = methods.receive
      function methods.range(self, fn)
        check(self, 1, "range", kind)
        if fn == nil then return function() return (receive(self)) end end
        check(fn, 2, "range", "function")
        while true do
          local value, ok = receive(self)
          if not ok then return end
          fn(value)
        end
      end
    end

    -- Tags

    local tagged_cache = internals.tagged_cache
    local set_tagged = tagged_cache.set_tagged
    tagged_cache.set_tagged = nil
    function tagged_cache.set(self, key, value, tags, ttl)
      if tags == nil then tags = {} end
      check(tags, 3, "set", "table")
      for index, tag in ipairs(tags) do
        if type(tag) ~= "string" then bad(3, "set", ("tag %d must be a string, got %s"):format(index, type(tag))) end
      end
      if #tags == 0 and next(tags) ~= nil then bad(3, "set", "a list of tags expected") end
      return set_tagged(self, key, value, ttl, table.unpack(tags))
    end

    -- Object pools

    local object_pool, loan = internals.object_pool, internals.loan
    local borrow, release, discard = object_pool.borrow, loan.release, loan.discard
    object_pool.borrow, loan.release, loan.discard = nil, nil, nil
    local loans = setmetatable({}, { __mode = "k" })  -- pool -> { [object] = loans, the latest last }

    function object_pool.acquire(self, milliseconds)
      local handle, object = borrow(self, milliseconds)
      if not handle then return nil, object end
      local lent = loans[self] or {}
      loans[self] = lent
      lent[object] = lent[object] or {}
      table.insert(lent[object], handle)
      return object
    end

    local function give_back(self, object, how, name)
      check(self, 1, name, "object_pool")
      local lent = object ~= nil and loans[self] and loans[self][object]
      if not lent then raise(("%s of an object that %s has not lent, or that was released already"):format(name, tostring(self))) end
      local handle = table.remove(lent)
      if #lent == 0 then loans[self][object] = nil end
      how(handle)
    end

    function object_pool.release(self, object) give_back(self, object, release, "release") end
    function object_pool.discard(self, object) give_back(self, object, discard, "discard") end

    local release_on_close = { __close = function(self) object_pool.release(self.pool, self.object) end }

    -- Calls fn with an object and gives its results; the object goes back however that ends.
    function object_pool.use(self, fn, milliseconds)
      check(self, 1, "use", "object_pool")
      check(fn, 2, "use", "function")
      local object, err = object_pool.acquire(self, milliseconds)
      if object == nil then return nil, err end
      local guard <close> = setmetatable({ pool = self, object = object }, release_on_close)
      return fn(object)
    end
    """#
}
