-- ping-pong: round trips between two goroutines over two unbuffered channels.
local goroutine = require("goroutine")
local bench = require("bench")

local function echo(there, back, n)
  for _ = 1, n do back:send((there:receive())) end
end

local function run(n)
  local there, back = goroutine.channel(), goroutine.channel()
  goroutine.spawn(echo, there, back, n)
  for i = 1, n do
    there:send(i)
    assert(back:receive() == i)
  end
end

bench.report("ping-pong", "ns", bench.ns_per_op(run, 5000))
