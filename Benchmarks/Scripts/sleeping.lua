-- sleeping: goroutines that all sleep at the same time, each between 50 and 99 ms; CPU per sleeper,
-- spawning and joining it included.
local goroutine = require("goroutine")
local bench = require("bench")

local function doze(group, ms)
  require("goroutine").sleep(ms)
  group:done()
end

local function run(n)
  local group = goroutine.wait_group()
  group:add(n)
  for i = 1, n do goroutine.spawn(doze, group, 50 + i % 50) end
  group:wait()
end

bench.report("sleeping", "ns", bench.ns_per_op(run, 500, bench.cpu_ms))
