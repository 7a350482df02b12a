extension RuntimePrelude {
  /// Work queues: options of an item, and dead letters that stay when whoever reads them fails.
  static let messaging = #"""
    local _, internals = ...
    local check, bad = internals.check, internals.bad_argument

    local work_queue = internals.work_queue
    local enqueue = work_queue.enqueue
    local item_options = { delay = true, priority = true, key = true, lane = true }

    function work_queue.enqueue(self, item, options)
      check(self, 1, "enqueue", "work_queue")
      if item == nil then bad(1, "enqueue", "an item expected, got nil") end
      options = internals.check_options(options, 2, "enqueue", item_options)
      return enqueue(self, item, options.delay, options.priority, options.key, options.lane)
    end

    local letters = internals.dead_letter_queue
    local claim, try_claim, remove, give_back = letters.claim, letters.try_claim, letters.remove, letters.give_back
    letters.claim, letters.try_claim, letters.remove, letters.give_back = nil, nil, nil, nil

    local function take(self, item, info)
      if info == nil then return nil end
      remove(self, info.id)
      return item, info
    end

    function letters.receive(self) return take(self, claim(self)) end
    function letters.try_receive(self) return take(self, try_claim(self)) end

    local return_on_close = { __close = function(self)
      if self.id then give_back(self.letters, self.id) end
    end }

    -- Calls fn(item, info) for each letter, which goes when fn returns, and stays when it raises.
    function letters.range(self, fn)
      check(self, 1, "range", "dead_letter_queue")
      if fn == nil then return function() return letters.receive(self) end end
      check(fn, 2, "range", "function")
      while true do
        local item, info = claim(self)
        if info == nil then return end
        local held <close> = setmetatable({ letters = self, id = info.id }, return_on_close)
        fn(item, info)
        held.id = nil
        remove(self, info.id)
      end
    end
    """#
}
