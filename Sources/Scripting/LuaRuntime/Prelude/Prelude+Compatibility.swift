extension RuntimePrelude {
  /// Names of Lua 5.1 that 5.4 dropped.
  ///
  /// What stays different: integers and floats are two kinds of number (`10 / 2` prints `5.0`, `%d` of 3.5
  /// is an error), and `setfenv` works on functions that use a global, and not on running levels of C.
  static let compatibility = #"""
    local _, internals = ...
    unpack = table.unpack
    loadstring = load
    math.mod = math.fmod
    math.pow = function(x, y) return x ^ y end
    math.log10 = function(x) return math.log(x, 10) end
    string.gfind = string.gmatch
    table.getn = function(list) return #list end
    table.maxn = function(list)
      local most = 0
      for key in pairs(list) do
        if type(key) == "number" and key > most then most = key end
      end
      return most
    end

    local getinfo, getupvalue, upvaluejoin = debug.getinfo, debug.getupvalue, debug.upvaluejoin

    local function environment_of(target, name)
      if target == nil then target = 1 end
      if type(target) == "number" then
        if target == 0 then return nil end
        local info = getinfo(target + 2, "f")
        if not info then internals.bad_argument(1, name, "invalid level") end
        target = info.func
      elseif type(target) ~= "function" then
        internals.bad_argument(1, name, "function or level expected, got " .. type(target))
      end
      for index = 1, 255 do
        local upvalue, value = getupvalue(target, index)
        if upvalue == nil then break end
        if upvalue == "_ENV" then return target, index, value end
      end
      return target
    end

    function getfenv(target)
      local _, index, environment = environment_of(target, "getfenv")
      return index and environment or _G
    end

    function setfenv(target, environment)
      if type(environment) ~= "table" then
        internals.bad_argument(2, "setfenv", "table expected, got " .. type(environment))
      end
      local fn, index = environment_of(target, "setfenv")
      -- A fresh upvalue: other functions keep the environment they share with this one until now.
      if index then upvaluejoin(fn, index, function() return environment end, 1) end
      return fn
    end

    function dofile(path)
      local chunk, err = loadfile(path)
      if not chunk then error(err, 0) end
      return chunk()
    end
    """#
}
