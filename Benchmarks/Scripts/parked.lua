-- bytes per parked goroutine: resident memory of goroutines parked in a receive, divided by their
-- number. Goes on until they fill 100 MB or are 100,000.
local goroutine = require("goroutine")
local bench = require("bench")

local function park(group, gate)
  group:done()
  gate:receive()
end

local gate, count = goroutine.channel(), 0
local function more(n)
  local group = goroutine.wait_group()
  group:add(n)
  for _ = 1, n do goroutine.spawn(park, group, gate) end
  group:wait()
  count = count + n
end

more(100)
local before, grown = bench.resident(), 0
count = 0
repeat
  more(count == 0 and 250 or count)
  grown = bench.resident() - before
until grown >= 100e6 or count >= 100000

bench.report("bytes per parked goroutine", "B", grown / count)
