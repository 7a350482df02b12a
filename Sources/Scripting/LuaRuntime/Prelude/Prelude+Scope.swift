extension RuntimePrelude {
  /// Structured concurrency: `scope(fn, {limit=})` → `ok, errors`.
  static let scope = #"""
    local goroutine, internals = ...
    local check, raise, error_text = internals.check, internals.raise, internals.error_text
    local spawn, await, cancel, channel = goroutine.spawn, goroutine.await, internals.kill, goroutine.channel

    local Scope = {}
    Scope.__index = Scope
    Scope.__name = "scope"

    local function cancel_all(self)
      self.cancelled = true
      -- Killing runs __close handlers, which may end others: look afresh each time.
      while true do
        local victim
        for handle in pairs(self.live) do
          if handle:status() == "running" and handle ~= self.failing then victim = handle break end
        end
        if not victim then return end
        if not cancel(victim) then self.live[victim] = nil end
      end
    end

    local function run(self, place, fn, ...)
      local ok, err = pcall(fn, ...)
      if not ok then
        self.errors[#self.errors + 1] = error_text(err)
        self.failing = place.handle
        cancel_all(self)
      end
      self.live[place.handle] = nil
      if place.permit then self.permits:receive() end
    end

    local function launch(self, permit, fn, ...)
      local place = { permit = permit }
      local handle = spawn(run, self, place, fn, ...)
      place.handle = handle
      self.live[handle] = true
      return handle
    end

    function Scope:spawn(fn, ...)
      check(fn, 1, "spawn", "function")
      if self.ended then raise("spawn in a scope that has ended") end
      if self.cancelled then raise("spawn in a scope that was cancelled") end
      if self.permits then
        self.permits:send(true)
        if self.cancelled then raise("spawn in a scope that was cancelled") end
      end
      return launch(self, self.permits ~= nil, fn, ...)
    end

    function Scope:cancel() cancel_all(self) end

    local end_scope = { __close = function(self)
      self.scope.ended = true
      cancel_all(self.scope)
    end }

    function goroutine.scope(fn, options)
      check(fn, 1, "scope", "function")
      options = internals.check_options(options, 2, "scope", { limit = true })
      local limit = internals.option_count(options, "limit", 2, "scope", 1)
      local scope = setmetatable({ live = {}, errors = {}, cancelled = false }, Scope)
      if limit then scope.permits = channel(limit, "scope limit") end
      local guard <close> = setmetatable({ scope = scope }, end_scope)
      launch(scope, false, fn, scope)
      while true do
        local handle = next(scope.live)
        if not handle then break end
        await(handle)
        scope.live[handle] = nil
      end
      return #scope.errors == 0, scope.errors
    end
    """#
}
