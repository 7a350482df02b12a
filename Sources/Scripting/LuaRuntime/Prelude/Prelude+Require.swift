extension RuntimePrelude {
  /// A `require` whose modules may block while they load. It looks beside the script, then in `package.path`
  /// (empty at first); modules in C are not loaded.
  static let require = #"""
    local goroutine, internals = ...
    local loaded, preload = package.loaded, package.preload
    local channel, current = goroutine.channel, goroutine.id
    package.path, package.cpath, package.loadlib, package.searchers = "", "", nil, nil

    local loading = {}  -- name -> channel that is closed when the load has ended
    local stacks = {}   -- goroutine -> names that it is loading, the outermost first

    local function find(name)
      local prepared = preload[name]
      if prepared then return prepared, ":preload:" end
      local directory = internals.script()
      local path = directory .. "/?.lua;" .. directory .. "/?/init.lua"
      if package.path ~= "" then path = path .. ";" .. package.path end
      local file, places = package.searchpath(name, path)
      if not file then
        if places:sub(1, 1) ~= "\n" then places = "\n\t" .. places end
        internals.raise("module '" .. name .. "' not found:\n\tno built-in module '" .. name .. "'" .. places)
      end
      local chunk, err = loadfile(file)
      if not chunk then internals.raise("error loading module '" .. name .. "':\n\t" .. err) end
      return chunk, file
    end

    local ended = { __close = function(self)
      local stack = stacks[self.goroutine]
      stack[#stack] = nil
      if #stack == 0 then stacks[self.goroutine] = nil end
      loading[self.name] = nil
      self.done:close()
    end }

    function require(name)
      internals.check(name, 1, "require", "string")
      while true do
        local module = loaded[name]
        if module ~= nil then return module end
        local done = loading[name]
        if not done then break end
        local stack = stacks[current()] or {}
        for index, outer in ipairs(stack) do
          if outer == name then
            internals.raise("modules require each other: " .. table.concat(stack, " -> ", index) .. " -> " .. name)
          end
        end
        done:receive()  -- another goroutine is loading it
      end
      local me = current()
      local stack = stacks[me] or {}
      local load <close> = setmetatable({ name = name, goroutine = me, done = channel() }, ended)
      stacks[me] = stack
      stack[#stack + 1] = name
      loading[name] = load.done
      local body, place = find(name)
      local module = body(name, place)
      if module ~= nil then
        loaded[name] = module
      elseif loaded[name] == nil then
        loaded[name] = true
      end
      return loaded[name], place
    end
    """#
}
