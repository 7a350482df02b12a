-- spawn+join: spawn functions that do nothing but say so, at most 100 at a time, and wait for them;
-- per function.
local goroutine = require("goroutine")
local bench = require("bench")

local function say(group) group:done() end

local function run(n)
  for _ = 1, n / 100 do
    local group = goroutine.wait_group()
    group:add(100)
    for _ = 1, 100 do goroutine.spawn(say, group) end
    group:wait()
  end
end

bench.report("spawn+join", "ns", bench.ns_per_op(run, 400))
