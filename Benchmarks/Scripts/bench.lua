-- What every row needs: a clock, a count that adapts to the peer, readings of the process, and the
-- line that the comparing command reads. Runs on Lua 5.1 and 5.4.
local time = require("time")
local bench = {}

function bench.report(name, unit, value)
  print(string.format('{"name":"%s","unit":"%s","value":%.6g}', name, unit, value))
end

-- Milliseconds that fn takes.
function bench.ms(fn, ...)
  local start = time.now_ms()
  fn(...)
  return time.now_ms() - start
end

-- Calls run(n) with a growing n until `meter` shows at least 400 ms, and gives nanoseconds per
-- operation of the last call. The earlier calls are the warm-up. Peers differ a thousandfold, which
-- is why n is not fixed.
function bench.ns_per_op(run, n, meter)
  meter = meter or time.now_ms
  while true do
    local before = meter()
    run(n)
    local spent = meter() - before
    if spent >= 400 then return spent * 1e6 / n end
    n = n * 4
  end
end

local function read(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

-- CPU time of the whole process, all threads, in milliseconds (the kernel counts in steps of 10).
function bench.cpu_ms()
  local ticks, field = 0, 0
  for value in read("/proc/self/stat"):match(".*%) (.*)"):gmatch("%S+") do
    field = field + 1
    if field == 12 or field == 13 then ticks = ticks + tonumber(value) end
  end
  return ticks * 10
end

-- Resident memory of the process in bytes, after a collection.
function bench.resident()
  collectgarbage()
  return tonumber(read("/proc/self/statm"):match("%d+ (%d+)")) * 4096
end

return bench
