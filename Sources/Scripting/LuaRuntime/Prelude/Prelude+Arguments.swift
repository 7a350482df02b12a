extension RuntimePrelude {
  /// Checks of arguments, for the other sources.
  static let arguments = #"""
    local _, internals = ...
    local raise, type, getmetatable, math_type = internals.raise, type, getmetatable, math.type

    local function type_name(value)
      local kind = type(value)
      local name = kind == "userdata" and getmetatable(value)
      return type(name) == "string" and name or kind
    end

    local function bad(index, name, what)
      raise(("bad argument #%d to '%s' (%s)"):format(index, name, what))
    end
    internals.bad_argument = bad

    -- check(value, index, function name, type or handle name): raises at the script's line
    function internals.check(value, index, name, expected)
      local got = type_name(value)
      if got ~= expected then
        bad(index, name, expected .. " expected, got " .. (value == nil and "no value" or got))
      end
    end

    function internals.check_count(value, index, name, least)
      internals.check(value, index, name, "number")
      if value ~= value or value < least or math_type(value) ~= "integer" and value % 1 ~= 0 then
        bad(index, name, ("an integer of at least %d expected, got %s"):format(least, value))
      end
      return value
    end

    function internals.check_milliseconds(value, index, name)
      internals.check(value, index, name, "number")
      if not (value >= 0) then bad(index, name, "milliseconds must not be negative") end
    end

    -- A table of options, or nothing; unknown names are misspellings.
    function internals.check_options(options, index, name, known)
      if options == nil then return {} end
      internals.check(options, index, name, "table")
      for key in pairs(options) do
        if not known[key] then bad(index, name, "unknown option '" .. tostring(key) .. "'") end
      end
      return options
    end

    function internals.option_count(options, key, index, name, least, default)
      local value = options[key]
      if value == nil then return default end
      if type(value) ~= "number" or value ~= value or value < least or value % 1 ~= 0 then
        bad(index, name, ("option '%s' must be an integer of at least %d"):format(key, least))
      end
      return value
    end

    -- Errors in lists and messages are strings, whatever was raised.
    function internals.error_text(err)
      if type(err) == "string" then return err end
      if type(err) == "table" then
        local meta = getmetatable(err)
        if type(meta) ~= "table" or not meta.__tostring then
          if type(err.message) == "string" then return err.message end
          return "error object is a table value"
        end
      end
      if err == nil then return "error object is a nil value" end
      return tostring(err)
    end
    """#
}
