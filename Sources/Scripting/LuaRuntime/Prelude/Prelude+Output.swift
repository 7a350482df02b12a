extension RuntimePrelude {
  /// Standard output goes where the host wants it, also by `io.write` and `io.stdout:write`.
  static let output = #"""
    local _, internals = ...
    local write, tostring, type = internals.write, tostring, type
    local file_output, file_write, file_type, file_close = io.output, io.write, io.type, io.close
    local redirected = false

    local function write_all(name, ...)
      for index = 1, select("#", ...) do
        local value = select(index, ...)
        if type(value) ~= "string" and type(value) ~= "number" then
          internals.bad_argument(index, name, "string expected, got " .. type(value))
        end
        write(value)
      end
    end

    local stdout = {}
    local methods = { flush = function(self) return self end, setvbuf = function() return true end,
                      close = function() return true end }
    function methods:write(...) write_all("write", ...) return self end
    function methods:seek() return nil, "Illegal seek", 29 end
    function methods:read() return nil, "Bad file descriptor", 9 end
    function methods:lines() internals.raise("standard output cannot be read") end
    setmetatable(stdout, { __index = methods, __name = "FILE*", __metatable = "FILE*",
                           __tostring = function() return "file (stdout)" end })
    io.stdout = stdout

    function io.write(...)
      if redirected then return file_write(...) end
      write_all("write", ...)
      return stdout
    end

    function io.output(file)
      if file == stdout then
        redirected = false
      elseif file ~= nil then
        file_output(file)
        redirected = true
      end
      return redirected and file_output() or stdout
    end

    function io.close(file)
      if file == stdout or file == nil and not redirected then return true end
      return file_close(file)
    end

    function io.type(value)
      if value == stdout then return "file" end
      return file_type(value)
    end
    """#
}
